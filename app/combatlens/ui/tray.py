"""The tray icon: the state by its shape, and a menu that only emits intents."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from combatlens.domain.snapshot import LiveStatus
from combatlens.ui import numbers
from combatlens.ui.actions import Actions
from combatlens.ui.face import Shape, tray_mood
from combatlens.ui.theme import Theme

_SECTIONS = (
    ("start", "pause", "end"),
    ("overlay", "lock"),
    ("history", "insights", "trends", "goals"),
    ("settings", "setup", "diagnostics", "problems"),
    ("quit",),
)
"""Some are offered only where there is something behind them."""

TOLD_MS = 8000


class Tray(QObject):
    """Clicked, it shows or hides the overlay."""

    intent = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self.menu = QMenu("CombatLens")
        theme.dress(self.menu)
        for section in _SECTIONS:
            offered = [actions.by_intent[name] for name in section if name in actions.by_intent]
            if not self.menu.isEmpty():
                self.menu.addSeparator()
            self.menu.addActions(offered)
        self.icon = QSystemTrayIcon(theme.icons.icon("tray-idle"), self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self._shape: Shape = "idle"
        self._tip = ""

    def refresh(self, status: LiveStatus) -> None:
        mood = tray_mood(status)
        now = status.current
        shape: Shape = "idle" if mood.shape == "completed" else mood.shape
        if shape != self._shape:
            self._shape = shape
            self.icon.setIcon(self._theme.icons.icon(f"tray-{shape}"))
        tip = f"CombatLens: {mood.word}"
        if now.state in ("active", "paused"):
            tip += f"\n{numbers.clock(now.active_s)}, {numbers.rate(now.xp_per_hour)}"
        if mood.detail:
            tip += f"\n{mood.detail}"
        if tip != self._tip:
            self._tip = tip
            self.icon.setToolTip(tip)

    @property
    def shape(self) -> Shape:
        return self._shape

    def show(self) -> None:
        self.icon.show()

    def tell(self, message: str) -> None:
        """The desktop's own message bubble, where it has one."""
        if self.icon.supportsMessages():
            self.icon.showMessage("CombatLens", message, self._theme.icons.icon("app"), TOLD_MS)

    def stop(self) -> None:
        self.icon.hide()
        self.menu.close()
        self.menu.deleteLater()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.intent.emit("overlay")
