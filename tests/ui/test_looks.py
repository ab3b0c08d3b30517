"""Every window with hard names and numbers, at its smallest size: nothing is cut, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QToolTip, QWidget
from pytestqt.qtbot import QtBot
from tests.ui import fakes, hard, learned
from tests.ui.evening import T0
from tests.ui.test_trends import Reader

from combatlens.domain.snapshot import Health
from combatlens.services.analytics import Analytics
from combatlens.ui import numbers
from combatlens.ui.actions import Actions
from combatlens.ui.background import Worker
from combatlens.ui.control_window import ControlWindow
from combatlens.ui.goals import GoalsWindow
from combatlens.ui.history import HistoryWindow
from combatlens.ui.insights import InsightsWindow
from combatlens.ui.label import LEFT_TO_RIGHT, Label, breakable, leftward
from combatlens.ui.problems import ProblemsWindow
from combatlens.ui.table_view import SortedTable
from combatlens.ui.theme import Theme
from combatlens.ui.trends import TrendsWindow

Make = Callable[[Worker, Theme], QWidget]


class HardReader(Reader):
    def recent_skills(self, sessions: int) -> dict[str, list[tuple[int, int]]]:
        return {name: [(20, 18)] * len(self._sessions) for name in hard.NAMES}


def trends(worker: Worker, theme: Theme) -> QWidget:
    return TrendsWindow(Analytics(HardReader(30), dict, fakes.FakeClock(T0), zone=UTC).dashboard, worker, theme)


def problems(_worker: Worker, theme: Theme) -> QWidget:
    health = tuple(
        Health(line.name, line.state, f"{line.message} {hard.GERMAN * 3}", hard.LONG * 2, line.since)
        for line in fakes.BROKEN
    )
    return ProblemsWindow(fakes.FakeLive(health=health), fakes.FakeClock(T0), theme)


def control(_worker: Worker, theme: Theme) -> QWidget:
    actions = Actions(theme, theme)
    status = fakes.FakeLive(hard.snapshot(), health=fakes.BROKEN).status()
    actions.refresh(status, shown=True, locked=True)
    window = ControlWindow(theme, actions, ())
    window.refresh(status)
    return window


WINDOWS: dict[str, Make] = {
    "insights": lambda worker, theme: InsightsWindow(hard.HardHistory(), worker, theme, hard.HardCoach()),
    "goals": lambda worker, theme: GoalsWindow(hard.HardCoach(), hard.HardHistory(), worker, theme),
    "trends": trends,
    "problems": problems,
    "control": control,
}


def opened(make: Make, worker: Worker, theme: Theme, qtbot: QtBot) -> QWidget:
    window = make(worker, theme)
    qtbot.addWidget(window)
    window.show()
    page = getattr(window, "page", None)
    if page is not None:
        qtbot.waitUntil(lambda: page.currentIndex() == 1)
    return window


def smallest(window: QWidget) -> None:
    window.resize(window.minimumSize().expandedTo(window.minimumSizeHint()))
    QTest.qWait(30)


def sideways(window: QWidget) -> list[int]:
    """How far each page scrolls sideways; tables may."""
    return [area.horizontalScrollBar().maximum() for area in window.findChildren(QScrollArea) if area.isVisible()]


def cut(window: QWidget) -> list[str]:
    """Labels of one line that have less room than their text."""
    return [
        label.text()
        for label in window.findChildren(QLabel)
        if label.isVisible() and not label.wordWrap() and label.width() < label.sizeHint().width()
    ]


@pytest.mark.parametrize("name", WINDOWS)
def test_hard_names_and_numbers_fit_the_smallest_window(name: str, worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = opened(WINDOWS[name], worker, theme, qtbot)
    smallest(window)
    assert not any(sideways(window))
    assert cut(window) == []


@pytest.mark.parametrize("tab", [1, 2, 3])
def test_so_do_trials_learnings_and_fixes(tab: int, worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = opened(WINDOWS["insights"], worker, theme, qtbot)
    assert isinstance(window, InsightsWindow)
    window.tabs.setCurrentIndex(tab)
    qtbot.waitUntil(lambda: window._pages[tab].currentIndex() == 1)
    smallest(window)
    assert not any(sideways(window))
    assert cut(window) == []


def test_a_session_of_long_names_keeps_the_size_of_its_window(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    history = hard.HardHistory(1)
    window = HistoryWindow(history, worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.show()
    before = window.size()
    window.open(history.rows[0].session_id)
    qtbot.waitUntil(lambda: window.page is not None and window.page.skills.model().rowCount() > 0)
    assert window.size() == before
    smallest(window)
    assert window.width() <= 44 * theme.body
    assert not any(sideways(window))
    assert cut(window) == []


@pytest.mark.parametrize("found", [learned.insights(), hard.insights()], ids=["usual", "hard"])
def test_all_columns_of_all_skills_are_seen_at_900_pixels(
    found: dict[str, object], worker: Worker, theme: Theme, qtbot: QtBot
) -> None:
    window = InsightsWindow(fakes.FakeHistory(0, found), worker, theme)
    qtbot.addWidget(window)
    window.resize(900, 700)
    window.show()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    (table,) = window.findChildren(SortedTable)
    assert table.horizontalScrollBar().maximum() == 0
    assert table.verticalScrollBar().maximum() == 0, "and all six rows"


def test_what_a_cell_cuts_is_told_in_a_tip(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = InsightsWindow(hard.HardHistory(), worker, theme)
    qtbot.addWidget(window)
    window.resize(900, 700)
    window.show()
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    (table,) = window.findChildren(SortedTable)
    for column, whole in ((0, hard.LONG), (1, f"{hard.BIG:,}")):
        place = table.visualRect(table.model().index(0, column)).center()
        event = QHelpEvent(QEvent.Type.ToolTip, place, table.viewport().mapToGlobal(QPoint(place)))
        QApplication.sendEvent(table.viewport(), event)
        assert QToolTip.text() == whole
    QToolTip.hideText()


def test_the_longest_skill_is_read_whole_where_a_goal_is_set(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = opened(WINDOWS["goals"], worker, theme, qtbot)
    assert isinstance(window, GoalsWindow)
    form = window.form
    form.choice.setCurrentIndex(form.choice.findData("skill.success_rate"))
    form.skill.setCurrentText(hard.LONG)
    field = form.skill.lineEdit()
    assert field is not None
    smallest(window)
    assert field.width() >= field.fontMetrics().horizontalAdvance(hard.LONG)
    assert form.skill.toolTip() == hard.LONG
    assert form.target.width() >= form.target.fontMetrics().horizontalAdvance("4,294,967,295") + 16


def test_text_keeps_its_side_and_long_words_may_break() -> None:
    assert leftward("Headshot") == breakable("Headshot") == "Headshot"
    said = leftward(f"{hard.HEBREW}: at least 95 %")
    assert said.startswith(LEFT_TO_RIGHT)
    assert not said.isascii()
    pieces = breakable(hard.GERMAN).split("\N{ZERO WIDTH SPACE}")
    assert "".join(pieces) == hard.GERMAN
    assert max(map(len, pieces)) == 12


@pytest.mark.usefixtures("qapp")
def test_a_label_answers_with_what_it_was_given(qtbot: QtBot) -> None:
    label = Label(hard.ARABIC, wrap=True)
    qtbot.addWidget(label)
    label.setText(hard.GERMAN)
    assert label.text() == hard.GERMAN
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_figures_of_a_column_have_like_decimals() -> None:
    assert [numbers.average(value) for value in (25.5, 20, 0, 99.96, 312.4, 12_345.6, None)] == [
        "25.5", "20.0", "0.0", "100", "312", "12,346", "not yet",
    ]  # fmt: skip
    assert [numbers.cell(value) for value in (9_999_999, 9_999_999.7, hard.BIG, None)] == [
        "9,999,999", "10.0M", "4.29G", "not yet",
    ]  # fmt: skip
