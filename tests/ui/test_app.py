"""The desktop application over stand-ins: intents, settings, problems, life and death."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.ui import fakes
from tests.ui.conftest import Desk

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import OverlaySettings, Settings
from combatlens.ports import HotkeyProblem
from combatlens.ui.settings import SettingsWindow

Make = Callable[..., Desk]


def test_the_overlay_stands_before_tray_chart_and_hotkeys(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    shown: list[bool] = []
    one.app.show()
    one.app.when_shown(lambda: shown.append(one.app.overlay._chart is not None))
    assert one.app.overlay.isVisible()
    assert one.app.tray is None
    assert one.app.control_window is None
    assert one.bound == []
    qtbot.waitUntil(lambda: len(one.bound) == 1)
    assert one.bound[0] == Settings().hotkeys
    assert shown == [False], "recording begins before pyqtgraph is loaded"


@pytest.mark.parametrize(
    ("intent", "call"),
    [("start", "start"), ("pause", "toggle_pause"), ("end", "end"), ("mark", "mark"), ("kill", "kill"),
     ("death", "death")],
)  # fmt: skip
def test_intents_of_a_session_go_to_control(desk: Make, intent: str, call: str) -> None:
    one = desk()
    one.app.handle_intent(intent, 12.5)
    assert one.control.calls[0][0] == call
    if intent in ("mark", "kill", "death"):
        assert one.control.calls[0][1] == 12.5


def test_an_intent_may_be_posted_from_any_thread(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    thread = threading.Thread(target=one.app.post_intent, args=("kill", 3.0))
    thread.start()
    thread.join()
    assert one.control.calls == []
    qtbot.waitUntil(lambda: one.control.calls == [("kill", 3.0)])


def test_what_control_refuses_is_said_on_the_overlay(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    one.app.show()
    one.control.fault = EnvironmentFault("no session is open", "start one first")
    one.app.handle_intent("pause")
    qtbot.waitUntil(lambda: "no session is open; start one first" in _alert(one))
    one.control.fault, one.control.rejection = None, "too late"
    one.app.handle_intent("end")
    qtbot.waitUntil(lambda: "too late" in _alert(one))
    one.control.rejection = ""
    one.app.handle_intent("kill")
    qtbot.waitUntil(lambda: _alert(one) == "Kill counted")


def _alert(one: Desk) -> str:
    face = one.app.overlay._panel.face
    return face.alert if face else ""


def test_overlay_and_lock_intents_are_kept_in_the_settings(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    one.app.show()
    one.app.handle_intent("lock")
    assert not one.app.overlay.locked
    one.app.handle_intent("overlay")
    assert not one.app.overlay.isVisible()
    qtbot.waitUntil(lambda: len(one.store.saved) == 2)
    assert one.store.saved[-1].overlay == OverlaySettings(visible=False, locked=False)
    one.app.handle_intent("show")
    assert one.app.overlay.isVisible()


@pytest.mark.parametrize("intent", ["history", "insights", "settings", "problems"])
def test_windows_are_built_when_asked_for_and_kept(desk: Make, qtbot: QtBot, intent: str) -> None:
    one = desk()
    assert one.app.windows.get(intent) is None
    one.app.handle_intent(intent)
    first = one.app.windows.get(intent)
    assert first is not None
    assert first.isVisible()
    first.close()
    one.app.handle_intent(intent)
    assert one.app.windows.get(intent) is first


def test_an_unknown_intent_is_a_bug(desk: Make) -> None:
    with pytest.raises(KeyError):
        desk().app.handle_intent("dance")


def test_quit_is_left_to_the_caller(desk: Make) -> None:
    one = desk()
    one.app.handle_intent("quit")
    assert one.quits == ["quit"]


def test_without_a_tray_a_control_window_says_why(desk: Make, qtbot: QtBot) -> None:
    one = desk()  # the offscreen platform has no tray
    one.app.show()
    qtbot.waitUntil(lambda: one.app.control_window is not None)
    window = one.app.control_window
    assert window is not None
    assert window.isVisible()
    window.closeEvent(ByUser())
    assert one.quits == ["quit"]


class ByUser(QCloseEvent):
    def spontaneous(self) -> bool:
        return True


def test_the_program_can_end_with_its_windows_open(desk: Make, qapp: QApplication, qtbot: QtBot) -> None:
    one = desk()
    one.app.show()
    for intent in ("history", "insights", "settings", "problems"):
        one.app.handle_intent(intent)
    qtbot.waitUntil(lambda: one.app.control_window is not None)
    for window in qapp.topLevelWidgets():
        if window.isVisible():
            assert window.close(), f"{window.windowTitle()} refuses to close, which keeps the program from ending"
    one.app.overlay.closeEvent(ByUser())
    assert not one.app.overlay.isVisible()


def test_no_window_is_larger_than_the_screen(desk: Make) -> None:
    one = desk()
    for intent in ("history", "insights", "settings", "problems"):
        one.app.handle_intent(intent)
        window = one.app.windows.get(intent)
        assert window is not None
        room = window.screen().availableSize()
        assert window.width() <= room.width(), intent
        assert window.height() < room.height(), intent


def test_a_tray_that_comes_later_takes_over(desk: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    one = desk()
    one.app.show()
    qtbot.waitUntil(lambda: one.app.control_window is not None)
    monkeypatch.setattr("combatlens.ui.app.QSystemTrayIcon.isSystemTrayAvailable", lambda: True)
    one.app.refresh()
    assert one.app.tray is not None
    assert one.app.control_window is None
    assert one.app.tray.shape == "recording"


def test_hotkeys_that_cannot_be_had_are_among_what_is_wrong(desk: Make, qtbot: QtBot) -> None:
    problem = HotkeyProblem("mark", "ctrl+alt+m", "another program holds it", "choose another key")
    one = desk(problems=(problem,))
    one.app.show()
    qtbot.waitUntil(lambda: one.app.actions.by_intent["problems"].isVisible())
    assert "ctrl+alt+m (Mark a moment): another program holds it" in _shown_after_refresh(one)


def _shown_after_refresh(one: Desk) -> str:
    one.app.overlay.refresh()
    return _alert(one)


def test_changed_settings_apply_at_once_and_are_saved(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    one.app.show()
    qtbot.waitUntil(lambda: len(one.bound) == 1)
    one.app.change_settings(Settings(theme="light", hotkeys={"kill": "f7"}, overlay=OverlaySettings(compact=True)))
    assert not one.app.theme.colors.dark
    assert one.app.overlay.height() < 60
    qtbot.waitUntil(lambda: one.bound[-1] == {"kill": "f7"})
    assert one.store.saved[-1].hotkeys == {"kill": "f7"}


def test_settings_that_cannot_be_saved_are_said_in_the_window(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    one.app.handle_intent("settings")
    window = one.app.windows.get("settings")
    assert isinstance(window, SettingsWindow)
    one.store.fault = EnvironmentFault("the disk is full", "free some space")
    one.app.change_settings(Settings(theme="light"))
    qtbot.waitUntil(lambda: "The disk is full. Free some space." in window.status.text())


def test_hotkeys_rest_while_keys_are_chosen(desk: Make, qtbot: QtBot) -> None:
    one = desk()
    one.app.handle_intent("settings")
    one.app.windows.capturing.emit(1)
    qtbot.waitUntil(lambda: one.bound == [{}])
    one.app.windows.capturing.emit(0)
    qtbot.waitUntil(lambda: one.bound == [{}, Settings().hotkeys])


def test_shutdown_saves_what_was_asked_and_leaves_nothing(desk: Make) -> None:
    gc.enable()
    one = desk()
    one.app.show()
    one.app.handle_intent("lock")
    one.app.shutdown()
    assert [settings.overlay.locked for settings in one.store.saved] == [False]
    assert not one.app.overlay.isVisible()
    assert gc.isenabled()
    one.app.shutdown()


def test_the_fakes_know_the_same_sessions() -> None:
    history = fakes.FakeHistory(3)
    assert history.detail(history.rows[1].session_id).summary.kills == history.rows[1].kills
