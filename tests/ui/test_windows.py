"""Settings, insights, what is wrong, tray and control window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot
from tests.ui import fakes, learned

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings, OverlaySettings, Settings
from combatlens.domain.snapshot import Health
from combatlens.ports import HotkeyProblem
from combatlens.ui import insight_words as words
from combatlens.ui.actions import Actions
from combatlens.ui.background import Worker
from combatlens.ui.hotkey_page import conflicts
from combatlens.ui.insights import InsightsWindow
from combatlens.ui.key_field import KeyField, combination
from combatlens.ui.live_view import LiveView
from combatlens.ui.problems import ProblemsWindow
from combatlens.ui.settings import SettingsWindow
from combatlens.ui.theme import Theme
from combatlens.ui.tray import Tray


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if not label.isHidden())


# --- background ---------------------------------------------------------------------------------------------------


def test_the_worker_answers_in_order_on_this_thread(worker: Worker, qtbot: QtBot) -> None:
    import threading

    told: list[object] = []
    where: list[threading.Thread] = []
    for number in range(20):
        worker.run(
            lambda n=number: (where.append(threading.current_thread()), n)[1],
            lambda n: told.append((n, threading.current_thread() is threading.main_thread())),
            lambda fault: pytest.fail(str(fault)),
        )
    qtbot.waitUntil(lambda: len(told) == 20)
    assert told == [(n, True) for n in range(20)]
    assert threading.main_thread() not in where


def test_a_cancelled_job_says_nothing_and_a_bug_is_raised(worker: Worker, qtbot: QtBot) -> None:
    told: list[object] = []
    worker.run(lambda: 1, told.append, told.append).cancel()
    worker.run(lambda: 2, told.append, told.append)
    qtbot.waitUntil(lambda: told == [2])
    with qtbot.captureExceptions() as caught:
        worker.run(lambda: 1 / 0, told.append, told.append)
        qtbot.waitUntil(lambda: len(caught) == 1)
    assert caught[0][0] is ZeroDivisionError


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(worker: Worker, theme: Theme, qtbot: QtBot) -> SettingsWindow:
    window = SettingsWindow(
        Settings(profile="other"), lambda: (("default", "Any game"), ("other", "Other")), worker, theme
    )
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.profile.count() == 2)
    return window


def test_settings_show_what_is_set_and_send_what_is_changed(settings: SettingsWindow, qtbot: QtBot) -> None:
    assert settings.profile.currentData() == "other"
    with qtbot.waitSignal(settings.made) as made:
        settings.opacity.setValue(60)
        settings.theme.setCurrentIndex(settings.theme.findData("light"))
        settings.port.setValue(50_000)
    wanted = Settings(profile="other", theme="light", api_port=50_000, overlay=OverlaySettings(opacity=0.6))
    assert made.args == [wanted]


def test_what_is_changed_elsewhere_is_shown_and_not_sent_back(settings: SettingsWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(settings.made, wait=SAVE_WAIT):
        settings.follow(Settings(overlay=OverlaySettings(locked=False, x=5)))
    assert not settings.locked.isChecked()
    with qtbot.waitSignal(settings.made) as made:
        settings.locked.setChecked(True)
    assert made.args[0].overlay == OverlaySettings(locked=True, x=5), "a place that was dragged is kept"


SAVE_WAIT = 600


def test_a_new_scale_forgets_a_dragged_size(settings: SettingsWindow, qtbot: QtBot) -> None:
    settings.follow(Settings(overlay=OverlaySettings(width=500, height=600)))
    with qtbot.waitSignal(settings.made) as made:
        settings.scale.setValue(150)
    assert (made.args[0].overlay.width, made.args[0].overlay.height) == (None, None)


def test_closing_sends_at_once(settings: SettingsWindow, qtbot: QtBot) -> None:
    settings.skills.setValue(3)
    with qtbot.waitSignal(settings.made, timeout=50) as made:
        settings.close()
    assert made.args[0].overlay.skills == 3


def test_a_profile_that_is_gone_is_named_so(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = SettingsWindow(Settings(profile="lost"), lambda: (("default", ""),), worker, theme)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window.profile.count() == 2)
    assert window.profile.currentText() == "lost (not found)"


@pytest.mark.parametrize(
    ("key", "held", "name"),
    [
        (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, "ctrl+alt+k"),
        (Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier, "f9"),
        (Qt.Key.Key_5, Qt.KeyboardModifier.ShiftModifier, "shift+5"),
        (Qt.Key.Key_PageUp, Qt.KeyboardModifier.AltModifier, "alt+page up"),
        (Qt.Key.Key_VolumeUp, Qt.KeyboardModifier.NoModifier, ""),
    ],
)
def test_combinations_have_their_usual_names(key: Qt.Key, held: Qt.KeyboardModifier, name: str) -> None:
    assert combination(key, held) == name


def test_a_key_field_takes_keys_as_they_are_pressed(qtbot: QtBot) -> None:
    field = KeyField("ctrl+alt+k")
    qtbot.addWidget(field)
    field.show()
    rests: list[int] = []
    field.capturing.connect(rests.append)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert field.text() == "press the keys …"
    with qtbot.waitSignal(field.chosen) as chosen:
        QTest.keyClick(field, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert chosen.args == ["ctrl+j"]
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.keys == "ctrl+j"
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert (field.keys, field.text()) == ("", "none")
    assert rests == [1, 0] * 3


def test_conflicts_are_said_in_words() -> None:
    said = conflicts({"kill": "ctrl+k", "death": "ctrl+k", "mark": "m", "start": "f5"})
    assert said["death"] == "ctrl+k is already “Count a kill”. Choose another key for one of them."
    assert "Add Ctrl" in said["mark"]
    assert set(said) == {"death", "mark"}


def test_keys_that_cannot_be_had_are_said_under_their_field(settings: SettingsWindow, qtbot: QtBot) -> None:
    page = settings.hotkeys
    settings.tabs.setCurrentWidget(page)
    settings.show_hotkey_problems(
        (HotkeyProblem("mark", "ctrl+alt+m", "another program holds it", "choose another"),
         HotkeyProblem("all", "", "no keyboard access", "use combatlens ctl"))
    )  # fmt: skip
    assert page.words["mark"].text() == "Another program holds it. Choose another."
    assert page.words["mark"].isVisible()
    assert page.general.text() == "No keyboard access. Use combatlens ctl."
    with qtbot.waitSignal(settings.made) as made:
        QTest.mouseClick(page.fields["mark"], Qt.MouseButton.LeftButton)
        QTest.keyClick(page.fields["mark"], Qt.Key.Key_F8)
    assert not page.words["mark"].isVisible(), "a new choice takes the old complaint away"
    assert made.args[0].hotkeys["mark"] == "f8"


def test_alert_messages_are_set_and_tried(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    tried: list[AlertSettings] = []

    def try_out(alerts: AlertSettings) -> None:
        tried.append(alerts)
        if "bad" in alerts.webhook:
            raise EnvironmentFault("the webhook answered 404", "check its address")

    window = SettingsWindow(Settings(alerts=AlertSettings(quiet_minutes=0.5)), lambda: (), worker, theme, try_out)
    qtbot.addWidget(window)
    window.show()
    page = window.alerts
    window.tabs.setCurrentWidget(page)
    assert not page.try_it.isEnabled()
    with qtbot.assertNotEmitted(window.made, wait=SAVE_WAIT):
        qtbot.keyClicks(page.address, "chat.example/x")
    assert page.wrong.isVisible()
    page.address.clear()
    with qtbot.waitSignal(window.made) as made:
        qtbot.keyClicks(page.address, "https://chat.example/x")
        page.quiet.setChecked(True)
        page.gravity.setCurrentIndex(page.gravity.findData("high"))
    assert not page.wrong.isVisible()
    wanted = AlertSettings(
        webhook="https://chat.example/x", severity="high", quiet_minutes=0.5, quiet_from="22:00", quiet_until="08:00"
    )
    assert made.args[0].alerts == wanted
    page.try_it.click()
    qtbot.waitUntil(lambda: page.answer.text().startswith("Sent"))
    assert tried == [wanted]
    qtbot.keyClicks(page.address, "/bad")
    page.try_it.click()
    qtbot.waitUntil(lambda: page.answer.text() == "Not sent. The webhook answered 404. Check its address.")
    window.follow(Settings())
    assert page.address.text() == ""
    assert not page.quiet.isChecked()


# --- insights -----------------------------------------------------------------------------------------------------


def test_choices_stand_beside_their_evidence() -> None:
    first = words.choices(learned.insights())[0]
    assert (first.question, first.name) == ("Most XP for each use", "Headshot")
    plain = first.evidence.replace("\N{NO-BREAK SPACE}", " ")
    assert plain == "25.5 XP a use, 95 % between 24.1 and 26.9, 480 uses in 14 sessions"
    assert first.certainty.startswith("reliable")


def test_what_has_too_few_uses_is_not_chosen_and_says_how_many_more() -> None:
    insights = {"skill_performance": {"Kick": {"total_uses": 18, "evidence": {"needs": 12}}}, "xp_efficiency": {}}
    assert words.choices(insights)[0].name == ""
    assert words.choices(insights)[0].evidence == "A skill needs 30 uses; Kick is nearest and needs 12 more."


@pytest.mark.parametrize("cut", sorted(learned.insights()))
def test_a_missing_or_null_section_is_no_error(worker: Worker, theme: Theme, qtbot: QtBot, cut: str) -> None:
    for value in ({k: v for k, v in learned.insights().items() if k != cut}, {**learned.insights(), cut: None}):
        window = InsightsWindow(fakes.FakeHistory(0, value), worker, theme)
        qtbot.addWidget(window)
        window.show()
        if cut == "skill_performance":
            qtbot.waitUntil(lambda w=window: "Nothing learned yet" in w.page.message.text())
        else:
            qtbot.waitUntil(lambda w=window: w.page.currentIndex() == 1)


def test_comparisons_give_difference_interval_and_verdict() -> None:
    first, second, _, third = words.comparisons(learned.insights())
    assert first.text == "Rifleman against Carbineer"
    assert first.evidence.replace("\N{NO-BREAK SPACE}", " ") == (
        "XP per hour: +1,840, 95 % between +610 and +3,070, a large effect"
    )
    assert (first.verdict, second.verdict) == ("better", "no difference shown")
    assert third.verdict.replace("\N{NO-BREAK SPACE}", " ") == "needs 5 more sessions"


def test_insights_that_cannot_be_read_say_so(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    history = fakes.FakeHistory(0)
    history.fault = EnvironmentFault("the file is gone", "record a session")
    window = InsightsWindow(history, worker, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "The file is gone. Record a session." in window.page.message.text())


# --- what is wrong, tray ------------------------------------------------------------------------------------------


def test_what_is_wrong_comes_first_with_its_remedy(theme: Theme, qtbot: QtBot) -> None:
    live = fakes.FakeLive(health=fakes.BROKEN)
    window = ProblemsWindow(live, fakes.FakeClock(fakes.T0 + 2_700), theme)
    qtbot.addWidget(window)
    window.show()
    shown = texts(window)
    assert "2\N{NO-BREAK SPACE}problems" in shown
    assert shown.index("Screen reader") < shown.index("Combat log") < shown.index("Bot connection")
    assert "What to do: switch on combat logging in the game" in shown
    assert "(5\N{NO-BREAK SPACE}min ago)" in shown
    live.health = fakes.HEALTHY
    qtbot.waitUntil(lambda: "All is well" in texts(window))
    window.close()
    assert not window._timer.isActive()


def test_hotkeys_that_speak_for_themselves_are_not_told_twice() -> None:
    view = LiveView(fakes.FakeLive(health=(Health("hotkeys", "failed", "no access"),)))
    view.problems = (HotkeyProblem("kill", "f1", "taken", "choose another"),)
    assert [line.message for line in view.status().health] == ["no access"]


def test_the_tray_offers_what_fits_the_moment(theme: Theme, qtbot: QtBot) -> None:
    owner = QObject()
    actions = Actions(theme, owner)
    for name in ("trends", "goals", "setup", "diagnostics"):
        actions.add(name, name.capitalize(), "search")
    tray = Tray(theme, actions, owner)
    intents: list[str] = []
    actions.intent.connect(intents.append)
    tray.intent.connect(intents.append)
    live = fakes.FakeLive()
    actions.refresh(live.status(), shown=True, locked=True)
    tray.refresh(live.status())
    assert tray.shape == "recording"
    assert "12.3k" in tray.icon.toolTip()
    by = actions.by_intent
    assert not by["start"].isEnabled()
    assert by["pause"].text() == "Pause"
    assert not by["problems"].isVisible()
    live.current, live.health = msgspec.structs.replace(live.current, state="paused"), fakes.BROKEN
    actions.refresh(live.status(), shown=False, locked=False)
    tray.refresh(live.status())
    assert by["pause"].text() == "Resume"
    assert by["overlay"].text() == "Show overlay"
    assert by["problems"].isVisible()
    assert tray.shape == "problem"
    for name in ("pause", "end", "overlay", "history", "insights", "settings", "problems", "quit"):
        by[name].trigger()
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert intents == [
        "pause", "end", "overlay", "history", "insights", "settings", "problems", "quit", "overlay",
    ]  # fmt: skip
    names = {action.text() for action in tray.menu.actions() if not action.isSeparator()}
    assert names == {action.text() for action in by.values()}
    tray.stop()
