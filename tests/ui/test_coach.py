"""Goals, trials, learnings, and what one does about advice."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from tests.ui import fakes, learned
from tests.ui.fake_coach import GOALS, FakeCoach
from tests.ui.test_windows import texts

from combatlens.domain.errors import EnvironmentFault
from combatlens.ui import coach_words as words
from combatlens.ui.background import Worker
from combatlens.ui.goals import GoalsWindow
from combatlens.ui.insights import InsightsWindow
from combatlens.ui.theme import Theme

REFUSED = EnvironmentFault("there is a goal 'kills' already", "remove it first")


def plain(widget: QWidget) -> str:
    return texts(widget).replace("\N{NO-BREAK SPACE}", " ")


def click(widget: QWidget, text: str, number: int = 0) -> None:
    [found for found in widget.findChildren(QPushButton) if found.text() == text][number].click()


@pytest.fixture
def coach() -> FakeCoach:
    return FakeCoach()


@pytest.fixture
def goals(coach: FakeCoach, worker: Worker, theme: Theme, qtbot: QtBot) -> GoalsWindow:
    window = GoalsWindow(coach, fakes.FakeHistory(0, learned.insights()), worker, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    return window


@pytest.fixture
def insights(coach: FakeCoach, worker: Worker, theme: Theme, qtbot: QtBot) -> InsightsWindow:
    window = InsightsWindow(fakes.FakeHistory(0, learned.insights()), worker, theme, coach)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    return window


def test_goals_say_how_far_they_are_and_when_they_are_reached(goals: GoalsWindow) -> None:
    shown = plain(goals)
    assert "312,400 of 500,000" in shown
    assert "About Fri 27 Nov 2026; in 8 of 10 cases Wed 25 Nov 2026 to Tue 1 Dec 2026" in shown
    assert "1.6 now\nNot in sight at the present pace" in shown
    assert "About Mon 30 Nov 2026, or much later" in shown
    assert "Reached Thu 19 Nov 2026" in shown
    assert "Nothing recorded yet" in shown


def test_an_interval_within_a_day_tells_the_time() -> None:
    near = {**GOALS[0], "eta_80": ["2026-11-27T10:00:00+00:00", "2026-11-27T21:00:00+00:00"]}
    assert ":00 to " in words.goal_line(near).finish


def test_a_goal_is_set_and_removed(goals: GoalsWindow, coach: FakeCoach, qtbot: QtBot) -> None:
    form = goals.form
    form.choice.setCurrentIndex(form.choice.findData("xp_lost_per_hour"))
    form.target.setText("1,000")
    click(goals, "Set this goal")
    qtbot.waitUntil(lambda: "XP lost per hour at most 1,000" in plain(goals))
    assert coach.calls == [("add_goal", "xp_lost_per_hour", 1000.0, "XP lost per hour at most 1,000")]
    click(goals, "Remove")
    qtbot.waitUntil(lambda: "XP gained at least 500,000" not in plain(goals))
    assert coach.calls[-1] == ("remove_goal", "xp")


def test_a_share_is_typed_in_per_cent_and_a_skill_is_named(goals: GoalsWindow) -> None:
    form = goals.form
    form.choice.setCurrentIndex(form.choice.findData("skill.success_rate"))
    assert form.skill.isVisible()
    form.skill.setCurrentText("Wurf mit Äxten")
    form.target.setText("95 %")
    assert form.wanted() == (
        "skills.Wurf mit Äxten.success_rate", 0.95, "Wurf mit Äxten: share of uses that hit at least 95\u00a0%",
    )  # fmt: skip
    form.skill.setCurrentText(" ")
    form.target.setText("1")
    assert form.wanted() is None
    assert "Name the skill." in plain(goals)


@pytest.mark.parametrize("typed", ["", "many", "nan", "inf", "1e400"])
def test_what_is_no_number_is_asked_for_again(goals: GoalsWindow, typed: str) -> None:
    goals.form.target.setText(typed)
    assert goals.form.wanted() is None
    assert "Type the number" in plain(goals)
    assert goals.form.target.text() == typed


def test_a_refused_goal_says_why_and_the_others_stay(goals: GoalsWindow, coach: FakeCoach, qtbot: QtBot) -> None:
    coach.refusal = REFUSED
    goals.form.target.setText("1000")
    click(goals, "Set this goal")
    qtbot.waitUntil(lambda: "There is a goal 'kills' already. Remove it first." in plain(goals))
    assert "312,400 of 500,000" in plain(goals)
    assert goals.form.target.text() == "1000", "what was typed stays to be mended"


def test_goals_that_cannot_be_read_say_so(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    coach = FakeCoach()
    coach.fault = EnvironmentFault("the disk is full", "free some space")
    window = GoalsWindow(coach, fakes.FakeHistory(0, {}), worker, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "The disk is full. Free some space." in window.page.message.text())
    coach.fault = None
    window.page.message.button.click()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)


def test_advice_is_accepted_and_that_was_heard(insights: InsightsWindow, coach: FakeCoach, qtbot: QtBot) -> None:
    click(insights, "I do this")
    qtbot.waitUntil(lambda: "Noted: you do this." in plain(insights))
    assert coach.calls == [("decide", "rotation-1", "accepted", "")]


def test_a_decision_that_was_not_kept_can_be_made_again(
    insights: InsightsWindow, coach: FakeCoach, qtbot: QtBot
) -> None:
    coach.refusal = EnvironmentFault("the store is away", "try again")
    click(insights, "Not for me")
    qtbot.waitUntil(lambda: "The store is away. Try again." in plain(insights))
    coach.refusal = None
    click(insights, "Not for me")
    qtbot.waitUntil(lambda: "Noted: not for you." in plain(insights))


def test_the_window_says_whether_advice_helped(insights: InsightsWindow) -> None:
    shown = plain(insights)
    assert "It helped: +980 XP/h, 95 % between +380 and +1,580, 14 sessions since" in shown
    assert "It made things worse: −2,110 XP/h" in shown
    assert "together with 1 other change" in shown
    assert "trusted 80 % as far" in shown
    assert "Accepted Sat 14 Nov 2026. Too early to say, 2 sessions since" in shown


def test_without_a_coach_there_are_no_buttons(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = InsightsWindow(fakes.FakeHistory(0, learned.insights()), worker, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    assert "I do this" not in [found.text() for found in window.findChildren(QPushButton)]


def test_a_trial_is_begun_and_removed(insights: InsightsWindow, coach: FakeCoach, qtbot: QtBot) -> None:
    insights.tabs.setCurrentIndex(1)
    page = insights.trials
    qtbot.waitUntil(lambda: "about 9 more sessions until" in plain(page))
    click(page, "Begin this trial")
    assert "Name both sides." in plain(page)
    page.a.setText("Pistol")
    page.b.setText("Carbine")
    click(page, "Begin this trial")
    qtbot.waitUntil(lambda: "Build: Pistol against Carbine" in plain(page))
    assert coach.calls == [("add_trial", "build", "Carbine", "Pistol")]
    page.kind.setCurrentIndex(page.kind.findData("tag"))
    page.a.setText("rain")
    click(page, "Begin this trial")
    qtbot.waitUntil(lambda: "Tag: with rain against without" in plain(page))
    assert coach.calls[-1] == ("add_trial", "tag", "without", "rain")
    click(page, "Remove")
    qtbot.waitUntil(lambda: coach.calls[-1] == ("remove_trial", "t1"))


def test_learnings_stand_by_how_sure_they_are(insights: InsightsWindow) -> None:
    insights.tabs.setCurrentIndex(2)
    page = insights.learnings
    insights._worker.stop()
    page._show(page._ask())
    shown = plain(page)
    assert shown.index("Sure enough to act on") < shown.index("Travel operations") < shown.index("Needs more data")
    assert shown.index("Needs more data") < shown.index("`damage` is negative")
    assert "From 4,213 actions in 31 sessions" in shown


def test_learn_now_learns_and_shows_it(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    coach = FakeCoach(empty=True)
    window = InsightsWindow(fakes.FakeHistory(0, learned.insights()), worker, theme, coach)
    qtbot.addWidget(window)
    window.show()
    window.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: "Nothing learned from actions yet" in plain(window.learnings))
    coach.refusal = EnvironmentFault("learning took too long", "try again")
    click(window.learnings, "Learn now")
    qtbot.waitUntil(lambda: "Learning took too long. Try again." in plain(window.learnings))
    coach.refusal = None
    click(window.learnings, "Learn now")
    qtbot.waitUntil(lambda: "Sure enough to act on" in plain(window.learnings))


def test_failures_stand_with_what_fixed_them(insights: InsightsWindow, qtbot: QtBot) -> None:
    insights.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: "Go nearer before the attack." in plain(insights.fixes))
    assert "41 % worked before this was known, 78 % since." in plain(insights.fixes)


def test_pages_with_nothing_yet_say_how_it_comes(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    coach = FakeCoach(empty=True)
    window = InsightsWindow(fakes.FakeHistory(0, learned.insights()), worker, theme, coach)
    goals = GoalsWindow(coach, fakes.FakeHistory(0), worker, theme)
    for each in (window, goals):
        qtbot.addWidget(each)
        each.show()
    for number, title in ((1, "No trial yet"), (3, "No failure seen twice yet")):
        window.tabs.setCurrentIndex(number)
        qtbot.waitUntil(lambda title=title: title in plain(window))
    qtbot.waitUntil(lambda: "No goal yet" in plain(goals))
