"""A small read-only table of rows that are all there: skills, encounters, targets. Sorts by value, shows text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from combatlens.ui import numbers
from combatlens.ui.label import breakable, leftward
from combatlens.ui.numbers import NBSP

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
VALUE = Qt.ItemDataRole.UserRole


class Field(NamedTuple):
    """A column: its title, the value it sorts by, and the text of that value."""

    title: str
    value: Callable[[Any], Any]
    text: Callable[[Any], str] = str
    numeric: bool = True
    tip: str = ""


class RowModel(QAbstractTableModel):
    def __init__(self, fields: Sequence[Field], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields = fields
        self._rows: Sequence[Any] = ()

    def fill(self, rows: Sequence[Any], fields: Sequence[Field] | None = None) -> None:
        """Take new rows, and with them other fields of the same number."""
        self.beginResetModel()
        self._rows = rows
        self._fields = fields if fields is not None else self._fields
        self.endResetModel()

    def row(self, number: int) -> Any:
        return self._rows[number]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._fields)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        field = self._fields[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return field.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return field.tip or None
        return _side(field) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        field = self._fields[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(field)
        if role == Qt.ItemDataRole.DisplayRole:
            text = field.text(field.value(self._rows[index.row()]))
            return text if field.numeric else breakable(leftward(text))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _in_full(field.value(self._rows[index.row()]), field.text(field.value(self._rows[index.row()])))
        if role == VALUE:
            value = field.value(self._rows[index.row()])
            return float("-inf") if value is None and field.numeric else value
        return None


class Sorted(QSortFilterProxyModel):
    """Sorts a RowModel by its values."""

    def __init__(self, source: RowModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(VALUE)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setSourceModel(source)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        answer = super().headerData(section, orientation, role)
        if role == Qt.ItemDataRole.DisplayRole and section == self.sortColumn() and answer is not None:
            return sort_title(str(answer), self.sortOrder() == Qt.SortOrder.DescendingOrder)
        return answer


def _in_full(value: Any, shown: str) -> str | None:
    """A number that stands shortened in its cell, whole; None where nothing is left out."""
    return numbers.count(value) if isinstance(value, int | float) and shown[-1:] in ("k", "M", "G") else None


def sort_title(title: str, descending: bool | None) -> str:
    """A column's title with the arrow of its order; None = not sorted by it."""
    return title if descending is None else f"{title}{NBSP}{'↓' if descending else '↑'}"


def _side(field: Field) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if field.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
