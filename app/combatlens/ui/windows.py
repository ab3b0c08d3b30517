"""The windows that are built when they are first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QWidget

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import Settings
from combatlens.ports import Clock, Coach, History, HotkeyProblem, Live
from combatlens.ui.background import Worker
from combatlens.ui.theme import Theme

if TYPE_CHECKING:
    from combatlens.ui.alert_page import TryOut
    from combatlens.ui.settings import SettingsWindow


class Extra(NamedTuple):
    """A further window: its intent, the menu's words, an icon of `resources/icons`, and what builds it."""

    intent: str
    text: str
    icon: str
    build: Callable[[Theme], QWidget]


class Services(NamedTuple):
    live: Live
    history: History
    clock: Clock
    worker: Worker
    profiles: Callable[[], Sequence[tuple[str, str]]]
    try_out: TryOut
    coach: Coach | None
    coach_worker: Worker


class Windows(QObject):
    """Opens windows by intent. `settings_made` carries the Settings that the user chose."""

    settings_made = Signal(object)
    capturing = Signal(int)

    def __init__(self, theme: Theme, services: Services, extras: tuple[Extra, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._theme, self._services = theme, services
        self._extras = {extra.intent: extra for extra in extras}
        self._open: dict[str, QWidget] = {}
        self._settings: SettingsWindow | None = None

    def open(self, intent: str, settings: Settings, problems: tuple[HotkeyProblem, ...]) -> QWidget:
        """Show the window of an intent. Raises KeyError for an unknown one."""
        if intent not in self._open:
            self._open[intent] = self._build(intent, settings, problems)
            self._bound(self._open[intent])
        window = self._open[intent]
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    def _bound(self, window: QWidget) -> None:
        """No larger than the screen, with room for a title bar."""
        room = window.screen().availableSize() - QSize(0, 3 * self._theme.body)
        window.resize(window.size().boundedTo(room))

    def get(self, intent: str) -> QWidget | None:
        return self._open.get(intent)

    def follow(self, settings: Settings) -> None:
        if self._settings is not None:
            self._settings.follow(settings)

    def settings_saved(self, word: str) -> None:
        if self._settings is not None:
            self._settings.saved(word)

    def settings_failed(self, fault: EnvironmentFault) -> None:
        if self._settings is not None:
            self._settings.not_saved(fault)

    def show_hotkey_problems(self, problems: tuple[HotkeyProblem, ...]) -> None:
        if self._settings is not None:
            self._settings.show_hotkey_problems(problems)

    def close(self) -> None:
        for window in self._open.values():
            window.hide()
            window.deleteLater()
        self._open = {}
        self._settings = None

    def _build(self, intent: str, settings: Settings, problems: tuple[HotkeyProblem, ...]) -> QWidget:
        services = self._services
        if intent == "history":
            from combatlens.ui.history import HistoryWindow

            return HistoryWindow(services.history, services.worker, self._theme, services.clock)
        if intent == "insights":
            from combatlens.ui.insights import InsightsWindow

            return InsightsWindow(services.history, services.coach_worker, self._theme, services.coach)
        if intent == "goals" and services.coach is not None:
            from combatlens.ui.goals import GoalsWindow

            return GoalsWindow(services.coach, services.history, services.coach_worker, self._theme)
        if intent == "problems":
            from combatlens.ui.problems import ProblemsWindow

            return ProblemsWindow(services.live, services.clock, self._theme)
        if intent == "settings":
            from combatlens.ui.settings import SettingsWindow

            setup = (lambda: self.open("setup", settings, problems)) if "setup" in self._extras else None
            self._settings = SettingsWindow(
                settings, services.profiles, services.worker, self._theme, services.try_out, setup
            )
            self._settings.show_hotkey_problems(problems)
            self._settings.made.connect(self.settings_made)
            self._settings.capturing.connect(self.capturing)
            return self._settings
        return self._extras[intent].build(self._theme)
