"""How tables look, and the sorted table that pages are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from combatlens.ui.tables import Field, RowModel, Sorted
from combatlens.ui.theme import Theme


def dress_table(table: QTableView, theme: Theme) -> None:
    """What all tables have in common: whole rows, no grid, rows of two and a half lines."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setMouseTracking(True)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(round(theme.body * 2.5))
    table.horizontalHeader().setHighlightSections(False)
    table.setFont(theme.font(theme.body))


class SortedTable(QTableView):
    """A sorted table over `Field`s; the first column of words takes the room that is left, but always some."""

    def __init__(self, fields: Sequence[Field], theme: Theme, *, sort: int) -> None:
        super().__init__()
        self._model = RowModel(fields, self)
        self._sorted = Sorted(self._model, self)
        self.setModel(self._sorted)
        dress_table(self, theme)
        self.setSortingEnabled(True)
        ascending = sort == 0
        self.sortByColumn(sort, Qt.SortOrder.AscendingOrder if ascending else Qt.SortOrder.DescendingOrder)
        self._wide = next((i for i, field in enumerate(fields) if not field.numeric), 0)
        self._least = round(theme.body * 11)
        heading = QFontMetrics(theme.font(theme.body, bold=True))
        for column, field in enumerate(fields):
            self.setColumnWidth(
                column, max(round(theme.body * 5.4), heading.horizontalAdvance(f"{field.title} ↓") + 22)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        others = self.horizontalHeader().length() - self.columnWidth(self._wide)
        self.setColumnWidth(self._wide, max(self._least, self.viewport().width() - others))

    def fill(self, rows: Sequence[Any], fields: Sequence[Field] | None = None) -> None:
        self._model.fill(rows, fields)

    def row(self, number: int) -> Any:
        return self._model.row(self._sorted.mapToSource(self._sorted.index(number, 0)).row())
