"""The history window: paging, sorting, filtering, a session's page, empty and failed."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.ui import evening, fakes

from combatlens.domain.errors import EnvironmentFault
from combatlens.ui.background import Worker
from combatlens.ui.history import HistoryWindow
from combatlens.ui.history_model import PAGE, SessionModel, since, stars
from combatlens.ui.history_plots import Timeline
from combatlens.ui.theme import Theme


@pytest.fixture
def history() -> fakes.FakeHistory:
    return fakes.FakeHistory(1_000)


@pytest.fixture
def window(history: fakes.FakeHistory, worker: Worker, theme: Theme, qtbot: QtBot) -> HistoryWindow:
    made = HistoryWindow(history, worker, theme, fakes.FakeClock(fakes.T0))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.list.model.rowCount() == 1_000)
    return made


def text(model: SessionModel, row: int, column: int) -> str:
    return str(model.data(model.index(row, column)))


def test_it_reads_one_page_and_further_ones_when_looked_at(
    window: HistoryWindow, history: fakes.FakeHistory, qtbot: QtBot
) -> None:
    model = window.list.model
    QTest.qWait(50)
    assert {(query.offset, query.limit) for query in history.queries} == {(0, PAGE)}
    assert window.list.total.text() == "1,000 sessions".replace(" ", "\N{NO-BREAK SPACE}")
    assert text(model, 900, 0) == "…"
    qtbot.waitUntil(lambda: text(model, 900, 0) != "…")
    assert history.queries[-1].offset == 800
    first = history.rows[0]
    assert model.row(0) == first
    assert text(model, 0, 4) == f"{first.kills:,}"


def test_a_column_sorts_the_whole_history(window: HistoryWindow, history: fakes.FakeHistory, qtbot: QtBot) -> None:
    header = window.list.table.horizontalHeader()
    header.setSortIndicator(3, Qt.SortOrder.DescendingOrder)
    best = max(history.rows, key=lambda row: row.xp_per_hour or 0)
    qtbot.waitUntil(lambda: window.list.model.row(0) == best)
    assert window.list.model.headerData(3, Qt.Orientation.Horizontal) == "XP/h\N{NO-BREAK SPACE}↓"


def test_typing_filters_once_typing_rests(window: HistoryWindow, history: fakes.FakeHistory, qtbot: QtBot) -> None:
    before = len(history.queries)
    QTest.keyClicks(window.list.search, "medic")
    qtbot.waitUntil(lambda: window.list.model.rowCount() == 250)
    assert len(history.queries) == before + 1
    window.list.search.setText("nothing has this")
    qtbot.waitUntil(lambda: window.list.stack.currentIndex() == 1)
    assert "No session fits" in window.list.message.text()
    window.list.message.button.click()
    qtbot.waitUntil(lambda: window.list.model.rowCount() == 1_000)
    assert window.list.stack.currentIndex() == 0


def test_periods_begin_where_they_say() -> None:
    assert since("all", fakes.T0) is None
    assert since("week", fakes.T0) == fakes.T0 - 7 * 86_400
    today = since("today", fakes.T0)
    assert today is not None
    assert 0 <= fakes.T0 - today < 86_400 + 3_600


def test_a_session_opens_with_its_tables_and_timeline(
    window: HistoryWindow, history: fakes.FakeHistory, qtbot: QtBot
) -> None:
    table = window.list.table
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.model().index(1, 0)).center()
    )
    qtbot.waitUntil(lambda: window.page is not None and window.page.skills.model().rowCount() == len(evening.SKILLS))
    page = window.page
    assert page is not None
    detail = history.detail(history.rows[1].session_id)
    assert page.encounters.model().rowCount() == len(detail.encounters)
    assert page.targets.model().rowCount() == 3
    assert "▼ death" in page.legend.text()
    damage = [page.skills.model().index(row, 2).data() for row in range(3)]
    assert damage == ["168,000", "133,200", "102,000"], "sorted by value, not by text"
    page.encounters.selectRow(2)
    assert page.timeline._spans[0].isVisible()
    chosen = page.encounters.row(2)
    low, high = page.timeline._spans[0].getRegion()
    assert low == pytest.approx(chosen.start - detail.summary.start_time)
    assert high == pytest.approx(chosen.end - detail.summary.start_time)
    window.show_list()
    assert window.stack.currentWidget() is window.list


def test_a_session_that_is_gone_says_so(window: HistoryWindow, qtbot: QtBot) -> None:
    window.open("session_none")
    qtbot.waitUntil(lambda: window.page is not None and "cannot be shown" in window.page.message.text())
    assert window.page is not None
    assert "There is no session session_none. Reload the list." in window.page.message.text()


@pytest.mark.parametrize("length", [0.2, 1.0, 700.0])
def test_pages_of_very_short_and_long_sessions(worker: Worker, theme: Theme, qtbot: QtBot, length: float) -> None:
    import msgspec

    history = fakes.FakeHistory(1)
    history.rows = [msgspec.structs.replace(history.rows[0], active_minutes=length)]
    window = HistoryWindow(history, worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.show()
    window.open(history.rows[0].session_id)
    qtbot.waitUntil(lambda: window.page is not None and window.page.skills.model().rowCount() > 0)
    window.grab()


def test_the_empty_history_says_how_to_record(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = HistoryWindow(fakes.FakeHistory(0), worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "No sessions yet" in window.list.message.text())
    assert window.list.stack.currentIndex() == 1
    assert window.list.message._steps.rowCount() == 3


def test_a_failing_store_is_told_and_can_be_tried_again(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    history = fakes.FakeHistory(5)
    history.fault = EnvironmentFault("the disk is gone", "put it back")
    window = HistoryWindow(history, worker, theme, fakes.FakeClock())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "The disk is gone. Put it back." in window.list.message.text())
    history.fault = None
    window.list.message.button.click()
    qtbot.waitUntil(lambda: window.list.model.rowCount() == 5)
    assert window.list.stack.currentIndex() == 0


def test_stars() -> None:
    assert [stars(r) for r in (None, 1.0, 3.5, 5.0)] == ["", "★☆☆☆☆", "★★★★☆", "★★★★★"]


def test_bars_end_where_the_session_ends(theme: Theme, qtbot: QtBot) -> None:
    """Minutes are the clock's: a session that begins 20 s into one and ends 10 s into another fills part of both."""
    whole = evening.detail(evening.row(0))
    first = whole.minutes[0].start
    summary = replace(whole.summary, start_time=first + 20, end_time=first + 130)
    timeline = Timeline(theme)
    qtbot.addWidget(timeline)
    timeline.show_detail(replace(whole, summary=summary, minutes=whole.minutes[:3], moments=()))
    (bars,) = (item for item in timeline._plots[0].items if isinstance(item, pg.BarGraphItem))
    assert list(bars.opts["x0"]) == [0, 40, 100]
    assert list(bars.opts["x1"]) == [36, 94, 109]
    low, high = timeline._plots[0].viewRange()[0]
    assert (round(low), round(high)) == (-1, 111)
