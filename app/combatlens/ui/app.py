"""The desktop application: overlay, tray and windows put together over the services it is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings, OverlaySettings, Settings
from combatlens.ports import Clock, Coach, Control, History, HotkeyProblem, Live, SettingsStore
from combatlens.resources_path import resources
from combatlens.ui.actions import Actions
from combatlens.ui.background import Worker
from combatlens.ui.collector import Collector
from combatlens.ui.control_window import ControlWindow
from combatlens.ui.live_view import LiveView
from combatlens.ui.orders import ORDERS, Orders
from combatlens.ui.overlay import Overlay
from combatlens.ui.theme import Theme
from combatlens.ui.tray import Tray
from combatlens.ui.windows import Extra, Services, Windows

POLL_MS = 1000
PATIENCE_MS = 800
UI_INTENTS = ("overlay", "lock", "history", "insights", "settings", "problems", "quit")

Rebind = Callable[[dict[str, str]], Sequence[HotkeyProblem]]


def create_application(argv: Sequence[str] = ()) -> QApplication:
    """The QApplication as CombatLens needs it. Under Wayland it runs through XWayland where that is there:
    Wayland gives no program a place on the screen or a window above all others."""
    if sys.platform.startswith("linux") and os.environ.get("WAYLAND_DISPLAY") and os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication([*argv] or ["combatlens"])
    app.setApplicationName("combatlens")
    app.setApplicationDisplayName("CombatLens")
    app.setDesktopFileName("combatlens")
    app.setQuitOnLastWindowClosed(False)
    return app


class DesktopApp(QObject):
    """Overlay at once, the tray after the first paint, other windows when asked for.

    `rebind(keys)` binds global hotkeys ({} = none) and answers with those that could not be had; it is called on the
    worker thread, at the start and after each change. `settings_saved(old, new)` runs there too and answers with a
    word for the user, such as what needs a restart. `quit_` ends the program.
    """

    _posted = Signal(str, object)
    _alerted = Signal(str)

    def __init__(
        self,
        app: QApplication,
        *,
        live: Live,
        control: Control,
        history: History,
        settings: SettingsStore,
        clock: Clock,
        quit_: Callable[[], None],
        rebind: Rebind,
        settings_saved: Callable[[Settings, Settings], str] = lambda _old, _new: "",
        profiles: Callable[[], Sequence[tuple[str, str]]] = lambda: (),
        try_out: Callable[[AlertSettings], None] = lambda _alerts: None,
        extras: Sequence[Extra] = (),
        coach: Coach | None = None,
    ) -> None:
        super().__init__(app)
        self._store = settings
        self._orders = Orders(control, self)
        self._live = LiveView(live)
        self._quit, self._rebind, self._settings_saved = quit_, rebind, settings_saved
        self.settings = settings.load()
        self.theme = Theme(app, resources(), self.settings.theme)
        app.setWindowIcon(self.theme.icons.icon("app"))
        self.worker = Worker(self)
        self.actions = Actions(self.theme, self)
        if coach is not None:
            self.actions.add("goals", "Goals", "flag")
        for extra in extras:
            self.actions.add(extra.intent, extra.text, extra.icon)
        self._extras = (*(("goals",) if coach is not None else ()), *(extra.intent for extra in extras))
        self.coach_worker = Worker(self, "coach-worker")  # what takes seconds does not hold up the other windows
        services = Services(self._live, history, clock, self.worker, profiles, try_out, coach, self.coach_worker)
        self.windows = Windows(self.theme, services, tuple(extras), self)
        self.overlay = Overlay(
            self.theme, self._live, clock, msgspec.structs.replace(self.settings.overlay, visible=False)
        )
        self.tray: Tray | None = None
        self.control_window: ControlWindow | None = None
        self._collector = Collector(self)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._when_shown: list[Callable[[], None]] = []
        self._second_step = QTimer(self)
        self._second_step.setSingleShot(True)
        self._stopped = False
        self._connect()

    def _connect(self) -> None:
        self._timer.timeout.connect(self.refresh)
        self._second_step.timeout.connect(self._after_first_paint)
        self.overlay.painted.connect(self._soon)
        self._posted.connect(self.handle_intent, Qt.ConnectionType.QueuedConnection)
        self._orders.told.connect(self._tell)
        self._alerted.connect(self._alert, Qt.ConnectionType.QueuedConnection)
        self.actions.intent.connect(self.handle_intent)
        self.overlay.wanted.connect(self.handle_intent)
        self.overlay.changed.connect(self._overlay_changed)
        self.windows.settings_made.connect(self.change_settings)
        self.windows.capturing.connect(self._pause_hotkeys)

    # --- life -------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the overlay (if it is to be seen); the tray and the hotkeys follow when it stands."""
        self._collector.start()
        self.overlay.apply(self.settings.overlay, self._lock_key())
        # A hidden overlay, or one on a screen that is switched off, is never painted.
        self._second_step.start(PATIENCE_MS if self.settings.overlay.visible else 0)

    def when_shown(self, function: Callable[[], None]) -> None:
        """Call `function` on the GUI thread once the overlay stands. Call it right after `show`."""
        self._when_shown.append(function)

    def raise_overlay(self) -> None:
        """A second start asks for this: show the overlay and bring it to the front."""
        self.overlay.set_shown(True)
        self.overlay.raise_()
        if self.control_window is not None and self.control_window.isVisible():
            self.control_window.raise_()
            self.control_window.activateWindow()

    def shutdown(self) -> None:
        """Close everything and end the worker after what it was asked to save. Safe to call twice."""
        if self._stopped:
            return
        self._stopped = True
        self._orders.blockSignals(True)  # what is answered from now on, nobody hears
        self._timer.stop()
        self._second_step.stop()
        self.windows.close()
        self.overlay.stop()
        if self.control_window is not None:
            self.control_window.hide()
        if self.tray is not None:
            self.tray.stop()
        self.worker.stop()
        self.coach_worker.stop()
        self._collector.stop()

    def _soon(self) -> None:
        if self._second_step.isActive():
            self._second_step.start(0)

    def _after_first_paint(self) -> None:
        self._seek_tray()
        for function in self._when_shown:
            function()
        self.refresh()
        self._timer.start()
        self._bind_hotkeys()
        self.overlay.load_chart()

    # --- intents ----------------------------------------------------------------------------------------------

    def post_intent(self, name: str, at: float | None = None) -> None:
        """Hand over an intent from any thread; `at` is when it was meant, Unix seconds."""
        self._posted.emit(name, at)

    def post_alert(self, message: str) -> None:
        """Tell the user, from any thread: in the overlay, and as the tray's message."""
        self._alerted.emit(message)

    def _alert(self, message: str) -> None:
        if self._stopped:
            return
        self.overlay.notice(message)
        if self.tray is not None:
            self.tray.tell(message)

    def handle_intent(self, name: str, at: float | None = None) -> None:
        """Do what an intent asks. Call on the GUI thread. Raises KeyError for an unknown one."""
        if name in ORDERS:
            self._orders.give(name, at)
        elif name == "overlay":
            self.overlay.set_shown(not self.overlay.isVisible())
        elif name == "lock":
            self.overlay.set_locked(not self.overlay.locked)
        elif name == "show":
            self.raise_overlay()
        elif name == "quit":
            self._quit()
        else:
            self.windows.open(name, self.settings, self._live.problems)

    def _tell(self, word: str) -> None:
        self.overlay.notice(word)
        self.refresh()

    # --- what is shown ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        status = self._live.status()
        if self.tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._seek_tray()
        self.actions.refresh(status, shown=self.overlay.isVisible(), locked=self.overlay.locked)
        if self.tray is not None:
            self.tray.refresh(status)
        elif self.control_window is not None:
            self.control_window.refresh(status)

    def _seek_tray(self) -> None:
        """The tray where there is one, else the control window; a tray that comes later replaces it."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.tray = Tray(self.theme, self.actions, self)
            self.tray.intent.connect(self.handle_intent)
            self.tray.show()
            if self.control_window is not None:
                self.control_window.hide()
                self.control_window.deleteLater()
                self.control_window = None
        elif self.control_window is None:
            self.control_window = ControlWindow(self.theme, self.actions, self._extras)
            self.control_window.wanted.connect(self.handle_intent)
            self.control_window.show()

    # --- settings ---------------------------------------------------------------------------------------------

    def change_settings(self, new: Settings) -> None:
        """Take over and save settings: theme, overlay and hotkeys at once, the rest as `settings_saved` says."""
        old, self.settings = self.settings, new
        self.theme.choose(new.theme)
        self.overlay.apply(new.overlay, self._lock_key())
        self._save(old, new)
        if (old.hotkeys, old.hotkeys_enabled) != (new.hotkeys, new.hotkeys_enabled):
            self._bind_hotkeys()

    def _overlay_changed(self, overlay: OverlaySettings) -> None:
        old = self.settings
        self.settings = msgspec.structs.replace(old, overlay=overlay)
        self.windows.follow(self.settings)
        self._save(old, self.settings)
        self.refresh()

    def _save(self, old: Settings, new: Settings) -> None:
        def work() -> str:
            self._store.save(new)
            return self._settings_saved(old, new)

        self.worker.run(work, self.windows.settings_saved, self.windows.settings_failed)

    def _bind_hotkeys(self) -> None:
        keys = dict(self.settings.hotkeys) if self.settings.hotkeys_enabled else {}
        self.worker.run(lambda: tuple(self._rebind(keys)), self._bound, self._bind_failed)

    def _pause_hotkeys(self, capturing: int) -> None:
        """While keys are being chosen they must reach the field, not a hotkey."""
        if capturing:
            self.worker.run(lambda: tuple(self._rebind({})), lambda _: None, self._bind_failed)
        else:
            self._bind_hotkeys()

    def _bound(self, problems: tuple[HotkeyProblem, ...]) -> None:
        self._live.problems = problems
        self.windows.show_hotkey_problems(problems)
        self.refresh()

    def _bind_failed(self, fault: EnvironmentFault) -> None:
        self._bound((HotkeyProblem("all", "hotkeys", fault.what, fault.remedy),))

    def _lock_key(self) -> str:
        return self.settings.hotkeys.get("lock", "") if self.settings.hotkeys_enabled else ""
