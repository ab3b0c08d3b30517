"""The history window: the list of sessions, and the page of the one that was opened."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.records import SessionDetail
from combatlens.ports import Clock, History
from combatlens.ui import numbers
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.history_model import COLUMNS, Period, SessionModel, since
from combatlens.ui.parts import Message, card, label, sentence, set_role
from combatlens.ui.table_view import dress_table
from combatlens.ui.theme import SPACE, Theme

if TYPE_CHECKING:
    from combatlens.ui.history_page import SessionPageView

_PERIODS: tuple[tuple[str, Period], ...] = (
    ("All time", "all"), ("Today", "today"), ("Last 7 days", "week"), ("Last 30 days", "month"),
)  # fmt: skip
TYPING_MS = 200


class SessionList(QWidget):
    """The table with its filter. `opened` carries a session id."""

    opened = Signal(str)

    def __init__(self, history: History, worker: Worker, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.model = SessionModel(history, worker, theme, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find by build, zone, mode, notes or character")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMaximumWidth(theme.body * 32)
        self.period = QComboBox()
        for text, key in _PERIODS:
            self.period.addItem(text, key)
        self.search.setAccessibleName("Find")
        self.period.setAccessibleName("Time")
        self.total = label("", "muted")
        self.table = _table(self.model, theme)
        self.table.setAccessibleName("Sessions")
        self.message = Message(theme)
        self.message.button.clicked.connect(self.clear_filter)
        self.stack = QStackedWidget()
        frame, column = card()
        column.setContentsMargins(1, 4, 1, 4)
        column.addWidget(self.table)
        self.stack.addWidget(frame)
        self.stack.addWidget(self.message)
        self._build()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.reload)
        self.search.textChanged.connect(self._typing.start)
        self.period.currentIndexChanged.connect(self.reload)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._sort)
        self.table.activated.connect(self._open)
        self.table.clicked.connect(self._open)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._failed)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.search, 1)
        head.addWidget(self.period)
        head.addStretch()
        head.addWidget(self.total)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 3)
        column.setSpacing(SPACE * 2)
        column.addWidget(label("History", "title"))
        column.addLayout(head)
        column.addWidget(self.stack, 1)

    def reload(self) -> None:
        """Ask anew with the filter and order that the window shows."""
        self._typing.stop()
        self.model.ask(
            msgspec.structs.replace(
                self.model.query,
                text=self.search.text().strip(),
                since=since(self.period.currentData(), self._clock.now()),
            )
        )

    def clear_filter(self) -> None:
        self.search.clear()
        self.period.setCurrentIndex(0)
        self.reload()

    def filtered(self) -> bool:
        return bool(self.search.text().strip()) or self.period.currentData() != "all"

    def stop(self) -> None:
        self._typing.stop()

    def _sort(self, section: int, order: Qt.SortOrder) -> None:
        query = self.model.query
        descending = order == Qt.SortOrder.DescendingOrder
        self.model.ask(msgspec.structs.replace(query, sort=COLUMNS[section].sort, descending=descending))

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is not None:
            self.opened.emit(row.session_id)

    def _loaded(self, total: int) -> None:
        self.total.setText(numbers.many(total, "session"))
        self.stack.setCurrentIndex(0 if total else 1)
        if not total and self.filtered():
            self.message.say("search", "No session fits", "Change the words or the time.", button="Show all sessions")
        elif not total:
            self.message.say("history", "No sessions yet", "A session is recorded by itself. To record the first one:",
                             steps=FIRST_STEPS)  # fmt: skip

    def _failed(self, fault: EnvironmentFault) -> None:
        self.total.setText("")
        self.stack.setCurrentIndex(1)
        self.message.say("warning", "The history cannot be read", sentence(fault), button="Try again",
                         bad=True)  # fmt: skip


FIRST_STEPS = (
    "Choose your game's profile under Settings, so that CombatLens knows where its XP and its combat log are.",
    "Play, or start your bot: recording begins with the first fight. “Start a session” in the tray begins at once.",
    "It ends with “End session” or after half an hour of quiet, and then stands here.",
)


class HistoryWindow(QWidget):
    """Opens on the list; a click on a session opens its page."""

    def __init__(self, history: History, worker: Worker, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self.setWindowTitle("History")
        set_role(self, "window")
        theme.dress(self)
        self._history, self._worker, self._theme = history, worker, theme
        self.list = SessionList(history, worker, theme, clock)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self.page: SessionPageView | None = None
        self._asked: Ticket | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.list.opened.connect(self.open)
        self.list.model.loaded.connect(self._prepare)
        self.setMinimumSize(theme.body * 44, theme.body * 32)
        self.resize(theme.body * 76, theme.body * 58)

    def open(self, session_id: str) -> None:
        """Show a session's page: its frame at once, its numbers when they are read."""
        from combatlens.ui.history_page import SessionPageView

        if self.page is None:
            self.page = SessionPageView(self._theme)
            self.page.back.connect(self.show_list)
            self.stack.addWidget(self.page)
        self.page.wait()
        self.stack.setCurrentWidget(self.page)
        self._cancel()
        self._asked = self._worker.run(self._reader(session_id), self._show, self.page.show_fault)

    def _prepare(self) -> None:
        """Load what the page is made of while the list is looked at: it takes longer than the page itself."""
        self.list.model.loaded.disconnect(self._prepare)
        self._worker.run(_load_page, _done, _done)

    def show_list(self) -> None:
        self._cancel()
        self.stack.setCurrentWidget(self.list)
        self.list.table.setFocus()

    def _reader(self, session_id: str) -> Callable[[], SessionDetail]:
        return lambda: self._history.detail(session_id)

    def _show(self, detail: SessionDetail) -> None:
        if self.page is not None:
            self.page.show_detail(detail)

    def _cancel(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def showEvent(self, event: QShowEvent) -> None:
        self.list.reload()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.list.stop()
        super().hideEvent(event)


def _load_page() -> None:
    importlib.import_module("combatlens.ui.history_page")  # it brings pyqtgraph


def _done(_answer: object) -> None:
    """Nothing follows."""


def _table(model: SessionModel, theme: Theme) -> QTableView:
    table = QTableView()
    table.setModel(model)
    dress_table(table, theme)
    table.setSortingEnabled(False)
    header = table.horizontalHeader()
    header.setSectionsClickable(True)
    header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
    widths = (16, 8.5, 7.5, 6, 6, 6.5, 12, 7.5)
    for column, width in enumerate(widths):
        table.setColumnWidth(column, round(theme.body * width))
    header.setSectionResizeMode(6, QHeaderView.ResizeMode.Stretch)
    return table
