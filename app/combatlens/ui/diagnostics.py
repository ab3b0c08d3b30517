"""Seeing inside the reader: its last pictures, what they were read as and by which step, and the glyphs it learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QIcon, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ui.background import Worker
from combatlens.ui.diagnostics_report import Pixels, Row, save_report
from combatlens.ui.parts import Ring, card, label, sentence, set_role
from combatlens.ui.pictures import fitted
from combatlens.ui.theme import SPACE, Theme

STATE_WORDS = {"accepted": "✓ accepted", "pending": "… waits", "ignored": "✗ ignored"}
REFRESH_MS = 1000
THUMB, LARGE, GLYPH = QSize(180, 30), QSize(420, 96), QSize(28, 36)


class Glyph(NamedTuple):
    """A learned character. `image`: grey (height, width); not `trusted`: it may not speak yet."""

    label: str
    trusted: bool
    image: Pixels


class Inside(NamedTuple):
    """The reader from inside: health, glyphs and the last pictures, newest last."""

    health: Health
    glyphs: Sequence[Glyph] = ()
    rows: Sequence[Row] = ()


class DiagnosticsWindow(QWidget):
    """`look` is cheap and safe to call from the GUI thread."""

    def __init__(self, theme: Theme, worker: Worker, look: Callable[[], Inside]) -> None:
        super().__init__()
        self._worker, self._look = worker, look
        self._rows: tuple[Row, ...] = ()
        self._glyphs: tuple[tuple[str, bool], ...] | None = None
        self.setWindowTitle("Screen reader: diagnostics")
        set_role(self, "window")
        theme.dress(self)
        self.state, self.remedy = label("", "heading", wrap=True), label("", "muted", wrap=True)
        self.table = self._table()
        self.empty = label("No pictures yet: they appear as soon as the screen is watched.", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        layout.setSpacing(SPACE + 4)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.state)
        head.addWidget(self.remedy)
        layout.addLayout(head)
        layout.addWidget(self.table, 3)
        layout.addWidget(self.empty, 3)
        self.below = QWidget()
        self.below.setLayout(self._below())
        layout.addWidget(self.below, 2)
        layout.addLayout(self._foot())
        self.resize(theme.body * 74, theme.body * 50)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, 6)
        table.setHorizontalHeaderLabels(["Time", "Picture", "Read as", "Read by", "Verdict", "Why"])
        table.setIconSize(THUMB)
        table.setAccessibleName("Pictures")
        Ring(table)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(38)
        table.setShowGrid(False)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((84, THUMB.width() + 24, 170, 170, 104)):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._show_row)
        return table

    def _below(self) -> QHBoxLayout:
        """Left the chosen picture and every look at it, right the glyphs."""
        self.large = QLabel()
        self.large.setFixedHeight(LARGE.height())
        self.looks = label("", "caption", wrap=True)
        self.looks.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        left, column = card()
        column.addWidget(label("This picture", "label"))
        column.addWidget(self.large)
        column.addWidget(self.looks)
        column.addStretch()
        self.glyph_words = label("", "caption", wrap=True)
        self._shelf = QHBoxLayout()
        self._shelf.setSpacing(SPACE // 2)
        shelf = QWidget()
        shelf.setLayout(self._shelf)
        set_role(shelf, "page")
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(shelf)
        right, other = card()
        other.addWidget(label("Characters learned", "label"))
        other.addWidget(self.glyph_words)
        other.addWidget(area, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE + 4)
        row.addWidget(left, 1)
        row.addWidget(right, 1)
        return row

    def _foot(self) -> QHBoxLayout:
        self.note = label("", "muted", wrap=True)
        self.report = QPushButton("Save a report …")
        self.report.setToolTip("A zip with these pictures and readings, and nothing else of your screen")
        self.report.clicked.connect(self._choose_file)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.report)
        return foot

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        inside = self._look()
        health = inside.health
        self.state.setText(health.message[:1].upper() + health.message[1:])
        self.remedy.setText(health.remedy[:1].upper() + health.remedy[1:])
        self.remedy.setVisible(bool(health.remedy) and health.state != "ok" and "Diagnostics" not in health.remedy)
        rows = tuple(inside.rows)
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.report.setEnabled(bool(rows))
        self.below.setVisible(bool(rows or inside.glyphs))
        if [row.at for row in rows] != [row.at for row in self._rows]:
            self._rows = rows
            self._fill()
        self._show_glyphs(inside.glyphs)

    def _fill(self) -> None:
        chosen = self.table.currentRow()
        followed = chosen <= 0
        self.table.setRowCount(len(self._rows))
        for line, row in enumerate(reversed(self._rows)):
            moment = datetime.fromtimestamp(row.at, UTC).astimezone().strftime("%H:%M:%S")
            picture = QTableWidgetItem()
            picture.setIcon(self._thumb(row))
            cells = (moment, None, row.text, row.step, STATE_WORDS.get(row.state, row.state), row.reason)
            for column, words in enumerate(cells):
                item = picture if words is None else QTableWidgetItem(words)
                item.setToolTip("" if words is None else words)
                self.table.setItem(line, column, item)
        if followed and self._rows:
            self.table.selectRow(0)
        self._show_row()

    def _thumb(self, row: Row) -> QIcon:
        """Of its own colours in a selected row too: Qt would tint it."""
        pixmap = fitted(row.image, THUMB, self.devicePixelRatioF())
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
        return icon

    def _show_row(self) -> None:
        line = self.table.currentRow()
        if not 0 <= line < len(self._rows):
            self.large.clear()
            self.looks.setText("Choose a picture above to see what each reader made of it.")
            return
        row = self._rows[len(self._rows) - 1 - line]
        self.large.setPixmap(fitted(row.image, LARGE, self.devicePixelRatioF()))
        first = f"Read by {row.step}: “{row.text}”." if row.text else "Nothing was read."
        self.looks.setText("\n".join((first, *row.looks)))

    def _show_glyphs(self, glyphs: Sequence[Glyph]) -> None:
        now = tuple((glyph.label, glyph.trusted) for glyph in glyphs)
        if now == self._glyphs:
            return
        self._glyphs = now
        while (item := self._shelf.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for glyph in sorted(glyphs, key=lambda one: one.label):
            self._shelf.addWidget(self._glyph(glyph))
        self._shelf.addStretch()
        trusted = sum(glyph.trusted for glyph in glyphs)
        self.glyph_words.setText(
            f"{trusted} of {len(glyphs)} are used; the others wait until they have been seen more often."
            if glyphs
            else "None yet. They are learned from what two readers read alike, and kept for this profile."
        )

    def _glyph(self, glyph: Glyph) -> QWidget:
        picture, name = QLabel(), label(glyph.label, "label" if glyph.trusted else "muted")
        ink = 255 - np.repeat(glyph.image[:, :, None], 3, axis=2)
        picture.setPixmap(fitted(np.ascontiguousarray(ink), GLYPH, self.devicePixelRatioF()))
        one = QWidget()
        one.setToolTip(f"{glyph.label}: {'trusted' if glyph.trusted else 'seen too seldom to be trusted'}")
        one.setAccessibleName(f"glyph {glyph.label}")
        column = QVBoxLayout(one)
        column.setContentsMargins(2, 2, 2, 2)
        for widget in (picture, name):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        return one

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save a report", "combatlens-reader.zip", "Zip files (*.zip)")
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the report; told when it stands."""
        rows = self._rows
        self._worker.run(lambda: save_report(path, rows), self._saved, self._failed)

    def _saved(self, path: Path) -> None:
        self.note.setText(f"Saved {path.name}: the {len(self._rows)} pictures above, and nothing else.")

    def _failed(self, fault: EnvironmentFault) -> None:
        self.note.setText(sentence(fault))
