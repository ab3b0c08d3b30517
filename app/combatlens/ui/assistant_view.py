"""What the set-up assistant looks like: choices above, the picture, and below it what the reader sees and says."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from combatlens.ui.assistant_canvas import Canvas
from combatlens.ui.assistant_words import Pixels
from combatlens.ui.parts import label, set_role
from combatlens.ui.pictures import fitted
from combatlens.ui.theme import SPACE, Theme

SEEN = QSize(280, 56)


class AssistantView(QWidget):
    """The widgets and their places; what they do is the window's."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWindowTitle("Choose where the XP stands")
        set_role(self, "window")
        theme.dress(self)
        self._make(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE + SPACE // 2)
        column.addLayout(self._top())
        column.addWidget(self.canvas, 1)
        column.addLayout(self._told())
        column.addLayout(self._buttons())
        self._order()
        screen = QGuiApplication.primaryScreen().availableGeometry()
        wanted = QSize(theme.body * 66, theme.body * 46)
        self.setMinimumSize(theme.body * 54, theme.body * 34)
        self.resize(wanted.boundedTo(screen.size() * 0.85))

    def _make(self, theme: Theme) -> None:
        self.where, self.kind = QComboBox(), QComboBox()
        self.where.setAccessibleName("Window or screen")
        self.where.setMinimumContentsLength(12)
        self.where.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setAccessibleName("What shows the XP")
        self.kind.addItem("a number", "text")
        self.kind.addItem("a bar without a number", "bar")
        self.kind.addItem("a number and its bar", "both")
        self.again, self.later = QPushButton("&New picture"), QPushButton("In 5 s")
        self.again.setToolTip("Freezes the screen anew; this window and the overlay step aside for it")
        self.later.setToolTip("Takes the picture in five seconds: time to go back into the game")
        self.canvas = Canvas(theme)
        self.seen = QLabel()
        self.seen.setFixedSize(SEEN)
        self.seen.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.seen.setAccessibleName("What the reader sees")
        set_role(self.seen, "chip")
        self.said, self.hint = label("", "heading", wrap=True), label("", "muted", wrap=True)
        self.seek, self.test = QPushButton("&Find it for me"), QPushButton("&Test")
        self.test.setToolTip(f"Reads {4} seconds long and counts how often it could")
        self.aside, self.larger = QPushButton("Move the &overlay away"), QPushButton("Choose &2×")
        self.cancel, self.done = QPushButton("Cancel"), QPushButton("Use this place")
        set_role(self.done, "primary")
        self.done.setEnabled(False)
        self.test.setEnabled(False)
        self.offer()

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label("Look at", "label"))
        row.addWidget(self.where, 1)
        row.addWidget(label("for", "label"))
        row.addWidget(self.kind)
        row.addSpacing(SPACE)
        row.addWidget(self.again)
        row.addWidget(self.later)
        return row

    def _told(self) -> QHBoxLayout:
        """Always as high as two lines, so that the picture above does not jump."""
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.said)
        words.addWidget(self.hint)
        words.addStretch()
        row = QHBoxLayout()
        row.setSpacing(SPACE * 2)
        row.addWidget(self.seen, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for button in (self.seek, self.test, self.aside, self.larger):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.cancel)
        row.addWidget(self.done)
        return row

    def _order(self) -> None:
        stops: tuple[QWidget, ...] = (
            self.canvas, self.seek, self.test, self.aside, self.larger, self.done, self.cancel, self.where, self.kind,
            self.again, self.later,
        )  # fmt: skip
        for one, following in pairwise(stops):
            QWidget.setTabOrder(one, following)

    def offer(self, *, aside: bool = False, larger: bool = False) -> None:
        """Show the two buttons that only some moments need."""
        self.aside.setVisible(aside)
        self.larger.setVisible(larger)

    def show_seen(self, image: Pixels | None) -> None:
        """The picture as the reader gets it, uint8 BGR; enlarged by whole steps where it is small."""
        if image is None:
            self.seen.clear()
            self.done.setEnabled(False)
            self.test.setEnabled(False)
            return
        self.seen.setPixmap(fitted(image, SEEN - QSize(10, 10), self.devicePixelRatioF()))

    def _say(self, said: str, hint: str) -> None:
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.hint.setText(hint)
