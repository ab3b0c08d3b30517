"""The settings window. What is changed applies at once and is saved a moment later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings, OverlaySettings, Settings
from combatlens.ports import HotkeyProblem
from combatlens.ui import numbers
from combatlens.ui.alert_page import AlertPage, TryOut
from combatlens.ui.background import Worker
from combatlens.ui.form_fields import beside, choice, form_page, note, slider, whole_number
from combatlens.ui.hotkey_page import HotkeyPage
from combatlens.ui.parts import button, label, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

SAVE_AFTER_MS = 400
Profiles = Callable[[], Sequence[tuple[str, str]]]


def _nowhere(_alerts: AlertSettings) -> None:
    raise EnvironmentFault("messages cannot be sent from here", "start the whole application")


class SettingsWindow(QWidget):
    """`made` carries new Settings. `profiles` lists (name, title); it may read files, so it runs on the worker."""

    made = Signal(object)
    capturing = Signal(int)

    def __init__(
        self, settings: Settings, profiles: Profiles, worker: Worker, theme: Theme, try_out: TryOut = _nowhere,
        choose_place: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._choose_place = choose_place
        self.setWindowTitle("Settings")
        set_role(self, "window")
        theme.dress(self)
        self._settings = settings
        self._sent = settings
        self._theme, self._profiles, self._worker = theme, profiles, worker
        self._following = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SAVE_AFTER_MS)
        self._later.timeout.connect(self._send)
        self.status = label("Changes apply at once.", "muted", wrap=True)
        self.hotkeys = HotkeyPage(settings, theme)
        self.hotkeys.changed.connect(self._take)
        self.hotkeys.capturing.connect(self.capturing)
        self.alerts = AlertPage(settings.alerts, try_out, worker, theme)
        self.alerts.changed.connect(self._take)
        self._make_fields()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self._general(), "General")
        self.tabs.addTab(self._overlay(), "Overlay")
        self.tabs.addTab(self.hotkeys, "Hotkeys")
        self.tabs.addTab(self.alerts, "Alerts")
        self.tabs.addTab(self._connection(), "Bot connection")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        column.setSpacing(SPACE * 2)
        column.addWidget(label("Settings", "title"))
        column.addWidget(self.tabs, 1)
        column.addWidget(self.status)
        self.setFocus()  # no ring before the keys are used
        self.resize(theme.body * 48, theme.body * 46)
        self.follow(settings)
        worker.run(profiles, self._list_profiles, self.not_saved)

    # --- what the application tells it ------------------------------------------------------------------------

    def follow(self, settings: Settings) -> None:
        """Show these settings; they were changed elsewhere (the overlay was moved, say)."""
        self._settings = self._sent = settings
        self._following = True
        overlay = settings.overlay
        self.profile.setCurrentIndex(max(0, self.profile.findData(settings.profile)))
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.durability.setCurrentIndex(self.durability.findData(settings.synchronous))
        self.kept.setValue(settings.log_sessions_kept)
        self.compact.setChecked(overlay.compact)
        self.chart.setChecked(overlay.chart)
        self.skills.setValue(overlay.skills)
        self.opacity.setValue(round(overlay.opacity * 100))
        self.scale.setValue(round(overlay.scale * 100))
        self.locked.setChecked(overlay.locked)
        self.api.setChecked(settings.api_enabled)
        self.port.setValue(settings.api_port)
        self.hotkeys.follow(settings)
        self.alerts.follow(settings.alerts)
        self._following = False
        self._mark_dependents()

    def saved(self, word: str) -> None:
        self._say(f"Saved. {word}".strip(), "muted")

    def not_saved(self, fault: EnvironmentFault) -> None:
        self._say(f"Not saved. {sentence(fault)}", "bad")

    def show_hotkey_problems(self, problems: tuple[HotkeyProblem, ...]) -> None:
        self.hotkeys.show_problems(problems)

    # --- pages ------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.profile = choice([(self._settings.profile, self._settings.profile)])
        self.theme = choice([("As the system", "system"), ("Light", "light"), ("Dark", "dark")])
        self.durability = choice([("Fast", "normal"), ("Safest", "full")])
        self.kept = whole_number(1, 100_000)
        self.compact, self.chart = QCheckBox("One line only"), QCheckBox("Line of XP per hour")
        self.skills = whole_number(0, 12)
        self.opacity, self.scale = slider(20, 100), slider(50, 300)
        self.locked = QCheckBox("Locked: clicks go through to the game")
        self.api = QCheckBox("Take events from bots on this computer")
        self.port = whole_number(1, 65_535)
        self.opacity.setAccessibleName("Opacity")
        self.scale.setAccessibleName("Size")
        self.opacity_text, self.scale_text = label("", "muted"), label("", "muted")
        self.profile.currentTextChanged.connect(self.profile.setToolTip)
        for box in (self.profile, self.theme, self.durability):
            box.currentIndexChanged.connect(self._edited)
        for spin in (self.kept, self.skills, self.port):
            spin.valueChanged.connect(self._edited)
        for check in (self.compact, self.chart, self.locked, self.api):
            check.toggled.connect(self._edited)
        for one in (self.opacity, self.scale):
            one.valueChanged.connect(self._edited)

    def _general(self) -> QWidget:
        page, form = form_page()
        form.addRow("Game profile", self.profile)
        form.addRow("", note("Says where the game shows its XP and where its combat log lies."))
        if self._choose_place is not None:
            self.place = button("Choose where the XP stands …", self._choose_place)
            self.place.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            form.addRow("XP on the screen", self.place)
        form.addRow("Look", self.theme)
        form.addRow("Saving", self.durability)
        form.addRow(
            "",
            note(
                "Both keep every confirmed event when CombatLens or the game crashes. “Safest” also keeps the last "
                "moments before a power cut; it writes to the disk more often.",
            ),
        )
        form.addRow("Sessions in the log file", self.kept)
        form.addRow("", note("combat_usage_log.json keeps the newest; the history keeps all."))
        return page

    def _overlay(self) -> QWidget:
        page, form = form_page()
        form.addRow("Shape", self.compact)
        form.addRow("Shows", self.chart)
        form.addRow("Skills shown", self.skills)
        form.addRow("Opacity", beside(self.opacity, self.opacity_text))
        form.addRow("Size", beside(self.scale, self.scale_text))
        form.addRow("Mouse", self.locked)
        form.addRow(
            "",
            note(
                "Unlocked, the overlay has a frame: drag it to move it, drag an edge to change its size, double-click "
                "to lock it again.",
            ),
        )
        return page

    def _connection(self) -> QWidget:
        page, form = form_page()
        form.addRow("Bot connection", self.api)
        form.addRow("Port", self.port)
        form.addRow(
            "",
            note(
                "Only programs on this computer can connect, and only with the token in api.json. If the port is "
                "taken, the next free one is used; api.json says which.",
            ),
        )
        return page

    # --- changes ----------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        if self._following:
            return
        overlay = msgspec.structs.replace(
            self._settings.overlay,
            compact=self.compact.isChecked(),
            chart=self.chart.isChecked(),
            skills=self.skills.value(),
            opacity=self.opacity.value() / 100,
            scale=self.scale.value() / 100,
            locked=self.locked.isChecked(),
        )
        self._take(
            {
                "profile": self.profile.currentData() or self._settings.profile,
                "theme": self.theme.currentData(),
                "synchronous": self.durability.currentData(),
                "log_sessions_kept": self.kept.value(),
                "api_enabled": self.api.isChecked(),
                "api_port": self.port.value(),
                "overlay": _resized(self._settings.overlay, overlay),
            }
        )

    def _take(self, changes: dict[str, Any]) -> None:
        self._settings = msgspec.structs.replace(self._settings, **changes)
        self._mark_dependents()
        self._say("…", "muted")
        self._later.start()

    def _send(self) -> None:
        self._later.stop()
        if self._settings != self._sent:
            self._sent = self._settings
            self.made.emit(self._settings)

    def _mark_dependents(self) -> None:
        self.opacity_text.setText(numbers.percent(self.opacity.value() / 100))
        self.scale_text.setText(numbers.percent(self.scale.value() / 100))
        for widget in (self.chart, self.skills):
            widget.setEnabled(not self.compact.isChecked())
        self.port.setEnabled(self.api.isChecked())

    def _list_profiles(self, found: Sequence[tuple[str, str]]) -> None:
        if not found:
            return
        self._following = True
        self.profile.clear()
        for name, title in found:
            self.profile.addItem(f"{title} ({name})" if title and title != name else name, name)
        if self.profile.findData(self._settings.profile) < 0:
            self.profile.insertItem(0, f"{self._settings.profile} (not found)", self._settings.profile)
        self.profile.setCurrentIndex(self.profile.findData(self._settings.profile))
        self._following = False

    def _say(self, text: str, role: str) -> None:
        self.status.setText(text)
        set_role(self.status, role)

    def hideEvent(self, event: QHideEvent) -> None:
        self._send()
        super().hideEvent(event)


def _resized(old: OverlaySettings, new: OverlaySettings) -> OverlaySettings:
    """A size that was dragged belongs to the old parts and scale; with new ones the overlay fits itself again."""
    same = (old.scale, old.chart, old.skills) == (new.scale, new.chart, new.skills)
    return new if same else msgspec.structs.replace(new, width=None, height=None)
