"""The session list as a Qt model: it knows the total, and asks for a page of rows when one of them is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.records import SessionRow
from combatlens.ports import History, SessionPage, SessionQuery, SortKey
from combatlens.ui import numbers
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.tables import sort_title
from combatlens.ui.theme import Theme

PAGE = 200
KEPT_PAGES = 25

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Column(NamedTuple):
    title: str
    sort: SortKey
    text: Callable[[SessionRow], str]
    numeric: bool = True


COLUMNS = (
    Column("Date", "start_time", lambda row: numbers.date(row.start_time), numeric=False),
    Column("Length", "active_minutes", lambda row: numbers.length(row.active_minutes)),
    Column("XP", "total_xp_gained", lambda row: numbers.cell(row.total_xp_gained)),
    Column("XP/h", "xp_per_hour", lambda row: numbers.short(row.xp_per_hour)),
    Column("Kills", "kills", lambda row: numbers.short(row.kills)),
    Column("Deaths", "deaths", lambda row: numbers.short(row.deaths)),
    Column("Build", "build", lambda row: row.build or "", numeric=False),
    Column("Rating", "rating", lambda row: stars(row.rating), numeric=False),
)
_STATES = {
    "active": ("state-recording", "accent", "recording now"),
    "paused": ("state-paused", "warn", "paused now"),
    "error": ("state-problem", "bad", "broke off and was recovered up to its last event"),
    "completed": ("state-completed", "muted", "completed"),
}


class SessionModel(QAbstractTableModel):
    """Rows of a query. `loaded` fires with the total when a query's first page is there, `failed` with a fault."""

    loaded = Signal(int)
    failed = Signal(object)

    def __init__(self, history: History, worker: Worker, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history, self._worker, self._theme = history, worker, theme
        self._query = SessionQuery()
        self._total = 0
        self._pages: OrderedDict[int, tuple[SessionRow, ...]] = OrderedDict()
        self._asked: dict[int, Ticket] = {}
        theme.changed.connect(self._redraw)

    @property
    def query(self) -> SessionQuery:
        return self._query

    def ask(self, query: SessionQuery) -> None:
        """Show another query. The rows shown stay until the first page of the new one is there."""
        for ticket in self._asked.values():
            ticket.cancel()
        self._asked = {}
        self._query = query
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._fetch(0, fresh=True)

    def row(self, number: int) -> SessionRow | None:
        """The row, or None while its page is on the way (which this asks for)."""
        page = self._pages.get(number // PAGE)
        if page is None:
            self._fetch(number // PAGE)
            return None
        self._pages.move_to_end(number // PAGE)
        place = number % PAGE
        return page[place] if place < len(page) else None

    def _fetch(self, page: int, *, fresh: bool = False) -> None:
        if page in self._asked:
            return
        query = msgspec.structs.replace(self._query, limit=PAGE, offset=page * PAGE)
        self._asked[page] = self._worker.run(
            lambda: self._history.sessions(query), lambda answer: self._took(page, answer, fresh), self._fell
        )

    def _took(self, page: int, answer: SessionPage, fresh: bool) -> None:
        self._asked.pop(page, None)
        if fresh or answer.total != self._total:
            self.beginResetModel()
            self._pages.clear()
            self._total = answer.total
            self._pages[page] = answer.rows
            self.endResetModel()
            self.loaded.emit(self._total)
            return
        self._pages[page] = answer.rows
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        self.dataChanged.emit(
            self.index(page * PAGE, 0), self.index(page * PAGE + len(answer.rows) - 1, len(COLUMNS) - 1)
        )

    def _fell(self, fault: EnvironmentFault) -> None:
        self._asked = {}
        self.failed.emit(fault)

    def _redraw(self) -> None:
        if self._total:
            self.dataChanged.emit(self.index(0, 0), self.index(self._total - 1, 0))

    # --- Qt's interface ---------------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            sorted_by = COLUMNS[section].sort == self._query.sort
            return sort_title(COLUMNS[section].title, self._query.descending if sorted_by else None)
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role not in (
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.ToolTipRole
        ):  # fmt: skip
            return None
        row = self.row(index.row())
        if row is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == 0 else None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[index.column()].text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row)
        if index.column() == 0:
            icon, tone, _ = _STATES.get(row.state, _STATES["completed"])
            return self._theme.icons.pixmap(icon, str(getattr(self._theme.colors, tone)), 12)
        return None


def stars(rating: float | None) -> str:
    """A rating of 1 to 5 as stars; a half is rounded up."""
    if rating is None:
        return ""
    full = max(0, min(5, int(rating + 0.5)))
    return "★" * full + "☆" * (5 - full)


def tooltip(row: SessionRow) -> str:
    lines = [f"{row.session_id}: {_STATES.get(row.state, _STATES['completed'])[2]}"]
    place = ", ".join(text for text in (row.character, row.build, row.zone, row.mode) if text)
    figures = [
        f"{numbers.count(row.total_xp_gained)} XP", numbers.many(row.kills, "kill"), numbers.many(row.deaths, "death"),
    ]  # fmt: skip
    lines += [text for text in (place, ", ".join(figures), (row.notes or "")[:300]) if text]
    return "\n".join(lines)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


Period = Literal["all", "today", "week", "month"]
_SECONDS: dict[str, float] = {"week": 7 * 86_400.0, "month": 30 * 86_400.0}


def since(period: Period, now: float) -> float | None:
    """Where a period begins, Unix seconds; `today` begins at local midnight."""
    if period == "today":
        return numbers.moment(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    return now - _SECONDS[period] if period in _SECONDS else None
