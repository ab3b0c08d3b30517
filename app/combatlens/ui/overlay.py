"""The overlay: a frameless, translucent window over the game that never takes the focus.

Locked, clicks go through it. Unlocked, it has a frame, moves with a drag and changes its size at its edges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QHideEvent,
    QMouseEvent,
    QMoveEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from combatlens.domain.profile import Region
from combatlens.domain.settings import OverlaySettings
from combatlens.ports import Clock, Live
from combatlens.ui.face import face
from combatlens.ui.overlay_clicks import ClickThrough
from combatlens.ui.overlay_drag import Drag, cursor_for, edges_at
from combatlens.ui.overlay_panel import Panel
from combatlens.ui.overlay_place import position
from combatlens.ui.pixels import free_corner, on_screen, shares
from combatlens.ui.screen_watch import ScreenWatch, places
from combatlens.ui.theme import Theme
from combatlens.ui.unseen import leave_out_of_captures

if TYPE_CHECKING:
    from combatlens.ui.overlay_chart import LiveLine

POLL_MS = 250
CHART_EVERY_S = 1.0
NOTICE_MS = 4000
_WIDTH, _COMPACT_WIDTH = 320, 300


def window_flags(platform: str) -> Qt.WindowType:
    """Frameless, on top, without focus. On X11 also past the window manager: else a fullscreen game covers it."""
    flags = (
        Qt.WindowType.Tool
        | Qt.WindowType.FramelessWindowHint
        | Qt.WindowType.WindowStaysOnTopHint
        | Qt.WindowType.WindowDoesNotAcceptFocus
        | Qt.WindowType.NoDropShadowWindowHint
    )
    if platform == "xcb":
        flags |= Qt.WindowType.X11BypassWindowManagerHint
    return flags


class Overlay(QWidget):
    """Pulls `live` four times a second while visible. Emits `changed` with new settings, `painted` once."""

    changed = Signal(object)
    """OverlaySettings after the user moved, resized, locked, showed or hid it."""
    wanted = Signal(str)
    """An intent: the user double-clicked the unlocked overlay (`lock`)."""
    painted = Signal()
    """The first paint is done: what is heavy may be loaded now."""

    def __init__(
        self, theme: Theme, live: Live, clock: Clock, settings: OverlaySettings,
        leave_out: Callable[[int], bool] = leave_out_of_captures,
    ) -> None:  # fmt: skip
        super().__init__(None, window_flags(QGuiApplication.platformName()))
        self.setWindowTitle("CombatLens overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self._theme, self._live, self._clock = theme, live, clock
        self._settings, self._leave_out = settings, leave_out
        self._lock_key = ""
        self._drag: Drag | None = None
        self._chart: LiveLine | None = None
        self._chart_at = float("-inf")
        self._has_painted = False
        self._notice = ""
        self._panel = Panel(theme, self)
        self._panel.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.refresh)
        self._notice_timer = QTimer(self)
        self._notice_timer.setSingleShot(True)
        self._notice_timer.timeout.connect(lambda: self.notice(""))
        self._clicks, self._screens = ClickThrough(self), ScreenWatch(self)
        self._screens.changed.connect(self._after_screens_changed)
        self._unseen = self._out = False
        self._taken: Region | None = None
        theme.changed.connect(self._recolor)
        self.apply(settings)

    # --- settings ---------------------------------------------------------------------------------------------

    @property
    def settings(self) -> OverlaySettings:
        return self._settings

    @property
    def locked(self) -> bool:
        return self._settings.locked

    def apply(self, settings: OverlaySettings, lock_key: str | None = None) -> None:
        """Take settings; `lock_key` is named in the frame's hint."""
        self._settings = settings
        if lock_key is not None:
            self._lock_key = lock_key
        panel = self._panel
        panel.scale, panel.opacity = settings.scale, settings.opacity
        panel.compact, panel.rows = settings.compact, settings.skills
        panel.with_chart = settings.chart and not settings.compact
        key = f", {self._lock_key} locks" if self._lock_key else ", double-click locks"
        panel.framed = "" if settings.locked else f"Drag to move{key}"
        self._clicks.set(settings.locked)
        self.unsetCursor()
        self.refresh()
        self._fit()
        self._place()
        shown = settings.visible and not self._out
        if shown != self.isVisible():
            self.setVisible(shown)

    def set_locked(self, locked: bool) -> None:
        self._change(locked=locked)

    def set_shown(self, shown: bool) -> None:
        self._change(visible=shown)

    def _change(self, **changes: object) -> None:
        settings = msgspec.structs.replace(self._settings, **changes)
        if settings != self._settings:
            self.apply(settings)
            self.changed.emit(settings)

    # --- what it shows ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Pull the status and paint what changed."""
        status = self._live.status()
        new = face(status, self._settings.skills)
        if self._notice:
            new = new._replace(alert=self._notice, alert_tone="accent")
        if self._panel.show_face(new):
            self._fit()
        now = self._clock.monotonic()
        due = self._chart is not None and now - self._chart_at >= CHART_EVERY_S
        if due and self._chart is not None and self._chart.show_series(status.current.series):
            self._chart_at = now

    def notice(self, text: str) -> None:
        """A word on what just happened, in the alert's place, for four seconds."""
        self._notice = text
        if text:
            self._notice_timer.start(NOTICE_MS)
        else:
            self._notice_timer.stop()
        if self.isVisible():
            self.refresh()

    def load_chart(self) -> None:
        """Bring in pyqtgraph; called after the first paint, since it takes longer than all the rest."""
        from combatlens.ui.overlay_chart import LiveLine

        if self._chart is None:
            self._chart = LiveLine(self._theme.colors, self)
            self._chart.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._fit()
            self._chart.show_series(self._live.status().current.series)

    def _recolor(self) -> None:
        if self._chart is not None:
            self._chart.recolor(self._theme.colors)

    def _fit(self) -> None:
        """Give panel and chart their rectangles; grow or shrink the window to what they need."""
        kept = self._settings
        scale = kept.scale
        width = kept.width if kept.width is not None and not kept.compact else 0
        width = max(width, round((_COMPACT_WIDTH if kept.compact else _WIDTH) * scale * self._theme.body / 13))
        height = (kept.height or 0) if self._panel.with_chart else 0
        needed = self._panel.fit(width, height).height
        size = QSize(width, max(needed, height))
        if self.size() != size:
            self.resize(size)
        self._panel.setGeometry(self.rect())
        if self._chart is not None:
            self._chart.setVisible(self._panel.with_chart and bool(self._panel.face and self._panel.face.peak))
            self._chart.setGeometry(self._panel.layout_.chart)

    def paint_done(self) -> None:
        if not self._has_painted:
            self._has_painted = True
            self.painted.emit()

    # --- place and screens ------------------------------------------------------------------------------------

    def _after_screens_changed(self) -> None:
        self._place()
        self._clicks.set(self.locked)

    def _place(self) -> None:
        kept = self._settings
        offset = QPoint(kept.x, kept.y) if kept.x is not None and kept.y is not None else None
        self.move(position(places(), kept.screen, offset, self.size()))

    def _keep_place(self) -> None:
        screen = QGuiApplication.screenAt(self.geometry().center()) or QGuiApplication.primaryScreen()
        offset = self.pos() - screen.availableGeometry().topLeft()
        size = {} if self._settings.compact else {"width": self.width(), "height": self.height()}
        self._change(screen=screen.name(), x=offset.x(), y=offset.y(), **size)

    # --- the game's XP, which it must not hide from the reader ---------------------------------------------------

    def step_out(self, out: bool) -> None:
        """Vanish while pictures of the screen are taken, and come back; the settings stay as they are."""
        self._out = out
        self.setVisible(self._settings.visible and not out)

    def covers(self, place: Region) -> bool:
        """Whether it lies (or will, once it is back) over a rectangle of the screen and would be in a picture of it."""
        return self._settings.visible and not self._unseen and shares(on_screen(self), place)

    def lies_over(self, place: Region) -> bool:
        """The same of this very moment. The one method that any thread may call."""
        taken = self._taken
        return taken is not None and shares(taken, place)

    def _note_place(self) -> None:
        self._taken = on_screen(self) if self.isVisible() and not self._unseen else None

    def make_room(self, place: Region) -> bool:
        """Move off a rectangle of the screen (physical pixels) and stay there; False when there is nowhere to go."""
        corner = free_corner(self, place, self.frameGeometry().size())
        if corner is None:
            return False
        self.move(corner)
        self._keep_place()
        return True

    # --- events -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        self._clicks.showing()
        self.refresh()
        self._timer.start()
        super().showEvent(event)
        self._unseen = self._leave_out(int(self.winId()))
        self._note_place()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)
        self._note_place()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._note_place()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A user's close only hides it; the tray shows it again. The program's own close, at its end, is let through:
        a window that refuses it keeps the whole application from ending."""
        if event.spontaneous():
            event.ignore()
            self.set_shown(False)

    def stop(self) -> None:
        self._timer.stop()
        self._notice_timer.stop()
        self._screens.stop()
        self.hide()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.Paint:
            self.paint_done()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._panel.setGeometry(self.rect())
        super().resizeEvent(event)
        self._note_place()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.locked and event.button() == Qt.MouseButton.LeftButton:
            edges = edges_at(self.size(), event.position().toPoint(), resizable=not self._settings.compact)
            self._drag = Drag(event.globalPosition(), self.geometry(), edges)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.locked:
            return
        if self._drag is None:
            edges = edges_at(self.size(), event.position().toPoint(), resizable=not self._settings.compact)
            self.setCursor(cursor_for(edges))
            return
        least = QSize(round(220 * self._settings.scale), self._panel.layout_.height)
        self.setGeometry(self._drag.rectangle(event.globalPosition(), least))
        self._panel.fit(self.width(), self.height())
        if self._chart is not None:
            self._chart.setGeometry(self._panel.layout_.chart)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None and event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self._keep_place()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        if not self.locked:
            self._drag = None
            self.wanted.emit("lock")
