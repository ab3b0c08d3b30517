"""Seeing inside the reader: its last pictures, what they were read as, and what became of each reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QIcon, QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ui.background import Worker
from combatlens.ui.diagnostics_report import Pixels, Row, save_report
from combatlens.ui.parts import label, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

STATE_WORDS = {"accepted": "✓ accepted", "pending": "… waits", "ignored": "✗ ignored"}
REFRESH_MS = 1000


class Inside(NamedTuple):
    """The reader from inside: health, glyphs learned ("0 1 2 … %"), and the last pictures."""

    health: Health
    glyphs: str
    rows: Sequence[Row]


class DiagnosticsWindow(QWidget):
    """`look` is cheap and safe to call from the GUI thread."""

    def __init__(self, theme: Theme, worker: Worker, look: Callable[[], Inside]) -> None:
        super().__init__()
        self._worker, self._look = worker, look
        self._rows: tuple[Row, ...] = ()
        self.setWindowTitle("Screen reader: diagnostics")
        set_role(self, "window")
        theme.dress(self)
        self.state = label("", "heading", wrap=True)
        self.glyphs = label("", "muted", wrap=True)
        self.table = QTableWidget(0, 5)
        self.table.setHorizontalHeaderLabels(["Time", "Picture", "Read as", "Verdict", "Reason"])
        self.table.setIconSize(QSize(220, 30))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(38)
        header = self.table.horizontalHeader()
        for column, width in enumerate((80, 240, 200, 100)):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        self.empty = label("No pictures yet: they appear as soon as the screen is watched.", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note = QLabel()
        report = QPushButton("Save a report …")
        report.setToolTip("A zip with these pictures and readings, and nothing else of your screen")
        report.clicked.connect(self._choose_file)
        foot = QHBoxLayout()
        foot.addWidget(self._note, 1)
        foot.addWidget(report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        layout.setSpacing(SPACE)
        for widget in (self.state, self.glyphs):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(foot)
        self.resize(920, 520)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

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
        words = health.message[:1].upper() + health.message[1:]
        self.state.setText(f"{words}. {health.remedy}".strip() if health.remedy else words)
        self.glyphs.setText(f"Glyphs learned: {inside.glyphs}" if inside.glyphs else "No glyphs learned yet.")
        rows = tuple(inside.rows)
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        if [row.at for row in rows] != [row.at for row in self._rows]:
            self._rows = rows
            self._fill()

    def _fill(self) -> None:
        self.table.setRowCount(len(self._rows))
        for line, row in enumerate(reversed(self._rows)):
            moment = datetime.fromtimestamp(row.at, UTC).astimezone().strftime("%H:%M:%S")
            picture = QTableWidgetItem()
            picture.setIcon(QIcon(_pixmap(row.image)))
            cells = (moment, None, row.text, STATE_WORDS.get(row.state, row.state), row.reason)
            for column, words in enumerate(cells):
                item = picture if words is None else QTableWidgetItem(words)
                item.setToolTip(row.looks or row.reason)
                self.table.setItem(line, column, item)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save a report", "combatlens-reader.zip", "Zip files (*.zip)")
        if name:
            rows = self._rows
            self._worker.run(lambda: save_report(Path(name), rows), self._saved, self._failed)

    def _saved(self, path: Path) -> None:
        self._note.setText(f"Saved {path.name}.")

    def _failed(self, fault: EnvironmentFault) -> None:
        self._note.setText(sentence(fault))


def _pixmap(image: Pixels) -> QPixmap:
    height, width, _ = image.shape
    data = np.ascontiguousarray(image)
    return QPixmap.fromImage(QImage(data.data, width, height, 3 * width, QImage.Format.Format_BGR888).copy())
