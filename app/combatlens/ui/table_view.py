"""How tables look, and the sorted table that pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from combatlens.ui.label import BREAK
from combatlens.ui.parts import Ring
from combatlens.ui.stylesheet import small
from combatlens.ui.tables import Field, RowModel, Sorted
from combatlens.ui.theme import Theme


def dress_table(table: QTableView, theme: Theme) -> None:
    """What all tables have in common: whole rows, no grid, rows of two and a half lines, tips for what is cut."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setMouseTracking(True)
    table.setTabKeyNavigation(False)
    table.setItemDelegate(Whole(table))
    Ring(table)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(round(theme.body * 2.5))
    table.horizontalHeader().setHighlightSections(False)
    table.setFont(theme.font(theme.body))


PADDING = 8
"""Left and right of a heading's text, as the style sheet has it."""


class Whole(QStyledItemDelegate):
    """A cell whose text is cut tells it whole in a tip, where the model has none of its own."""

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:  # fmt: skip
        own = index.data(Qt.ItemDataRole.ToolTipRole)
        text = str(index.data() or "").replace(BREAK, "")
        room = view.visualRect(index).width() - 2 * PADDING
        if event.type() == QEvent.Type.ToolTip and not own and option.fontMetrics.horizontalAdvance(text) > room:
            QToolTip.showText(event.globalPos(), text, view)
            return True
        return super().helpEvent(event, view, option, index)


class SortedTable(QTableView):
    """A sorted table over `Field`s; the first column of words takes the room that is left, but always some,
    and long ones take two lines.

    `most`: with it the table is as tall as its rows, up to so many; without, as tall as its place.
    """

    def __init__(self, fields: Sequence[Field], theme: Theme, *, sort: int, most: int = 0) -> None:
        super().__init__()
        self._model = RowModel(fields, self)
        self._sorted = Sorted(self._model, self)
        self._titles = [field.title for field in fields]
        self._heading = QFontMetrics(theme.font(small(theme.body), bold=True))
        self._most, self._body, self._least = most, theme.body, round(theme.body * 9.5)
        self._longest = 0
        self._wide = next((i for i, field in enumerate(fields) if not field.numeric), 0)
        self.setModel(self._sorted)
        dress_table(self, theme)
        self.setWordWrap(True)
        self.setSortingEnabled(True)
        ascending = sort == 0
        self.sortByColumn(sort, Qt.SortOrder.AscendingOrder if ascending else Qt.SortOrder.DescendingOrder)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def fill(self, rows: Sequence[Any], fields: Sequence[Field] | None = None) -> None:
        self._model.fill(rows, fields)
        self._fit()

    def row(self, number: int) -> Any:
        return self._model.row(self._sorted.mapToSource(self._sorted.index(number, 0)).row())

    def _fit(self) -> None:
        """Columns as wide as their titles and texts."""
        self.ensurePolished()
        for column, title in enumerate(self._titles):
            if column != self._wide:
                heading = self._heading.horizontalAdvance(f"{title} ↓") + 2 * PADDING + 2
                self.setColumnWidth(column, max(heading, self.sizeHintForColumn(column) + 2))
        names = (str(self.model().index(row, self._wide).data() or "") for row in range(self._model.rowCount()))
        self._longest = max(map(self.fontMetrics().horizontalAdvance, names), default=0) + 2 * PADDING
        self._share_out()

    def _share_out(self) -> None:
        others = self.horizontalHeader().length() - self.columnWidth(self._wide)
        width = max(self._least, self.viewport().width() - others)
        self.setColumnWidth(self._wide, width)
        self.verticalHeader().setDefaultSectionSize(round(self._body * (3.2 if self._longest > width else 2.5)))
        if self._most:
            rows = min(self._model.rowCount(), self._most) * self.verticalHeader().defaultSectionSize()
            bar = self.horizontalScrollBar()
            below = bar.sizeHint().height() if self.horizontalHeader().length() > self.viewport().width() else 0
            self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + below + 2 * self.frameWidth())
