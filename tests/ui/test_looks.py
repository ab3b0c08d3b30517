"""Every window with hard names and numbers, at its smallest size: nothing is cut, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QSlider,
    QSpinBox,
    QTabBar,
    QTableView,
    QTimeEdit,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.ui import fakes, hard, learned
from tests.ui.evening import T0
from tests.ui.test_trends import Reader

from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health
from combatlens.services.analytics import Analytics
from combatlens.ui import numbers
from combatlens.ui.actions import Actions
from combatlens.ui.background import Worker
from combatlens.ui.control_window import ControlWindow
from combatlens.ui.goals import GoalsWindow
from combatlens.ui.history import HistoryWindow
from combatlens.ui.insights import InsightsWindow
from combatlens.ui.label import LEFT_TO_RIGHT, Label, breakable, leftward, spaced
from combatlens.ui.palette import contrast
from combatlens.ui.parts import button, scrolling
from combatlens.ui.problems import ProblemsWindow
from combatlens.ui.settings import SettingsWindow
from combatlens.ui.table_view import SortedTable
from combatlens.ui.tables import Field
from combatlens.ui.theme import Choice, Theme
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


def test_a_usual_session_is_seen_whole(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    history = fakes.FakeHistory(3)
    window = HistoryWindow(history, worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.resize(window.width(), theme.body * 55)  # of two things that scroll, the table is made smaller first
    window.show()
    window.open(history.rows[2].session_id)
    qtbot.waitUntil(lambda: window.page is not None and window.page.skills.model().rowCount() > 0)
    (area,) = (found for found in window.findChildren(QScrollArea) if found.isVisible())
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)


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


def focusable(kind: str, theme: Theme) -> QWidget:
    if kind in ("", "primary", "flat"):
        return button("Set this goal", lambda: None, role=kind)
    if kind.startswith("check"):
        box = QCheckBox("Locked")
        box.setChecked(kind == "checked")
        return box
    if kind == "tabs":
        tabs = QTabBar()
        tabs.addTab("General")
        return tabs
    made: dict[str, Callable[[], QWidget]] = {
        "line": QLineEdit, "choice": QComboBox, "number": QSpinBox, "time": QTimeEdit,
        "table": lambda: SortedTable((Field("Skill", str),), theme, sort=0),
        "slider": lambda: QSlider(Qt.Orientation.Horizontal), "area": lambda: scrolling(QWidget()),
    }  # fmt: skip
    return made[kind]()


@pytest.mark.parametrize("choice", ["dark", "light"])
@pytest.mark.parametrize("kind", ["", "primary", "flat", "check", "checked", "tabs", "line", "choice", "number", "time",
                                  "table", "slider", "area"])  # fmt: skip
def test_whoever_uses_the_keys_sees_where_he_is(kind: str, choice: Choice, theme: Theme, qtbot: QtBot) -> None:
    theme.choose(choice)
    window = QWidget()
    qtbot.addWidget(window)
    theme.dress(window)
    other, wanted = QLineEdit(), focusable(kind, theme)
    column = QVBoxLayout(window)
    column.addWidget(other)
    column.addWidget(wanted)
    window.resize(300, 200)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    other.setFocus(Qt.FocusReason.TabFocusReason)
    before = wanted.grab().toImage()
    wanted.setFocus(Qt.FocusReason.TabFocusReason)
    assert wanted.hasFocus()
    after = wanted.grab().toImage()
    changed = sum(
        contrast(before.pixelColor(x, y).name(), after.pixelColor(x, y).name()) >= 1.5
        for x in range(before.width())
        for y in range(before.height())
    )
    assert changed >= 2 * min(before.height(), 16), "a ring, not a caret"
    theme.choose("dark")


INPUTS = (QComboBox, QLineEdit, QAbstractSpinBox, QSlider, QTableView)


def nameless(window: QWidget) -> list[str]:
    """Fields that a screen reader could not call by a name."""
    named = {label.buddy() for label in window.findChildren(QLabel)}
    return [
        f"{type(field).__name__} {field.objectName()}"
        for field in window.findChildren(QWidget)
        if isinstance(field, INPUTS)
        and not field.accessibleName()
        and field not in named
        and not isinstance(field.parent(), (QComboBox, QAbstractSpinBox))
        and not isinstance(field.window(), QMenu)
    ]


def settings(worker: Worker, theme: Theme) -> QWidget:
    return SettingsWindow(Settings(), lambda: (), worker, theme, choose_place=lambda: None)


@pytest.mark.parametrize("make", [*WINDOWS.values(), settings], ids=[*WINDOWS, "settings"])
def test_every_field_has_a_name(make: Make, worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    assert nameless(opened(make, worker, theme, qtbot)) == []


def test_so_have_those_of_the_history(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    history = fakes.FakeHistory(1)
    window = HistoryWindow(history, worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.show()
    window.open(history.rows[0].session_id)
    qtbot.waitUntil(lambda: window.page is not None and window.page.skills.model().rowCount() > 0)
    assert nameless(window) == []
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.list)


@pytest.mark.parametrize("make", [*WINDOWS.values(), settings], ids=[*WINDOWS, "settings"])
def test_no_title_names_the_program_twice(make: Make, worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    """Qt writes `History — CombatLens` above a window called `History`, but leaves one alone that ends with it."""
    title = opened(make, worker, theme, qtbot).windowTitle()
    assert title
    assert "CombatLens" not in title or title.endswith("CombatLens")


def test_sentences_written_for_the_shell_have_their_per_cent_signs_as_numbers_have_them(qtbot: QtBot) -> None:
    made = Label("It fails 31% of the time, 95 % sure")
    qtbot.addWidget(made)
    assert made.text() == "It fails 31% of the time, 95 % sure"
    assert QLabel.text(made) == spaced(made.text()) == "It fails 31\u00a0% of the time, 95 % sure"


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
