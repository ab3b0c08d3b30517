"""The set-up assistant: where the game shows XP, chosen on a picture of it and tried at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ui.assistant_canvas import Canvas
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.parts import label, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
LIVE_MS = 500


class Setup(Protocol):
    """The screen, for the assistant. Blocking: it is called on the worker alone."""

    def windows(self) -> Sequence[tuple[str, Region]]: ...
    def picture(self, area: Region | None) -> tuple[Pixels, Region]: ...
    def read(self, image: Pixels) -> tuple[bool, str, str]: ...
    def find(self, image: Pixels, x: int, y: int) -> Region | None: ...


class Choice(NamedTuple):
    """What was chosen. `region` is relative to the window's client area where a window is named, else to the screen."""

    window_title: str
    region: Region
    reference_size: tuple[int, int] | None


class AssistantWindow(QWidget):
    """`save` keeps the choice in the profile (on the worker; may raise EnvironmentFault).

    `covered` tells whether the overlay would lie over a rectangle of the screen.
    """

    def __init__(
        self, theme: Theme, worker: Worker, setup: Setup, save: Callable[[Choice], None],
        covered: Callable[[Region], bool] = lambda _: False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._worker, self._setup, self._save, self._covered = worker, setup, save, covered
        self._windows: list[tuple[str, Region]] = []
        self._image: Pixels | None = None
        self._place = Region(0, 0, 1, 1)
        self._tickets: list[Ticket] = []
        self._reading = False
        self._build(theme)
        self._timer = QTimer(self)
        self._timer.setInterval(LIVE_MS)
        self._timer.timeout.connect(self._look)

    def _build(self, theme: Theme) -> None:
        self.setWindowTitle("Choose where the XP stands")
        set_role(self, "window")
        theme.dress(self)
        self.where = QComboBox()
        self.where.setAccessibleName("Window or screen")
        self.where.activated.connect(lambda _: self.take())
        again = QPushButton("New picture")
        again.clicked.connect(self.take)
        self.canvas = Canvas(theme)
        self.canvas.chosen.connect(lambda _: self._look())
        self.canvas.clicked.connect(self._find)
        self.said = label("", "heading", wrap=True)
        self.hint = label("Drag around the XP number, or click on it.", "muted", wrap=True)
        self.done = QPushButton("Use this place")
        self.done.setDefault(True)
        self.done.setEnabled(False)
        self.done.clicked.connect(self._finish)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.close)
        top, bottom, words = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        top.addWidget(label("Look at", "label"))
        top.addWidget(self.where, 1)
        top.addWidget(again)
        words.addWidget(self.said)
        words.addWidget(self.hint)
        bottom.addLayout(words, 1)
        bottom.addWidget(cancel, 0, Qt.AlignmentFlag.AlignBottom)
        bottom.addWidget(self.done, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE + SPACE // 2)
        column.addLayout(top)
        column.addWidget(self.canvas, 1)
        column.addLayout(bottom)
        self.resize(900, 620)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask(self._setup.windows, self._list)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        for ticket in self._tickets:
            ticket.cancel()
        self._tickets.clear()
        super().closeEvent(event)

    def take(self) -> None:
        """Freeze a new picture of what is chosen above."""
        area = self._chosen_window()
        self._ask(lambda: self._setup.picture(area[1] if area else None), self._show)

    def _list(self, windows: Sequence[tuple[str, Region]]) -> None:
        before = self.where.currentText()
        self._windows = list(windows)
        self.where.clear()
        self.where.addItems(["The whole screen", *(title for title, _ in windows)])
        index = self.where.findText(before)
        self.where.setCurrentIndex(index if index > 0 else min(1, len(self._windows)))
        self.take()

    def _chosen_window(self) -> tuple[str, Region] | None:
        index = self.where.currentIndex() - 1
        return self._windows[index] if 0 <= index < len(self._windows) else None

    def _show(self, taken: tuple[Pixels, Region]) -> None:
        self._image, self._place = taken
        self.canvas.show_picture(self._image)
        self._tell("", "Drag around the XP number, or click on it.")
        self.done.setEnabled(False)

    def _find(self, at: QPoint) -> None:
        image = self._image
        if image is not None:
            self._ask(lambda: self._setup.find(image, at.x(), at.y()), self._found)

    def _found(self, region: Region | None) -> None:
        if region is None:
            self._tell("No text found there", "Click on the number itself, or drag around it.")
            return
        self.canvas.set_box(QRect(region.x, region.y, region.width, region.height))
        self._look()

    def _look(self) -> None:
        """What the reader makes of the chosen place now, on the live screen."""
        if self._reading or self.canvas.box.isNull() or self._image is None:
            return
        self._reading = True
        place = self._on_screen()
        self._ask(lambda: self._setup.read(self._setup.picture(place)[0]), self._heard, self._deaf)

    def _heard(self, answer: tuple[bool, str, str]) -> None:
        self._reading = False
        good, text, words = answer
        if not good:
            self._tell(text or "Nothing readable yet", f"{words}. Leave a little room around the number.")
        elif self._covered(self._on_screen()):
            self._tell(words, "The overlay would cover this place: move the overlay first.")
        else:
            self._tell(words, "This is what CombatLens reads. Right? Then use this place.")
        self.done.setEnabled(good)

    def _deaf(self, fault: EnvironmentFault) -> None:
        self._reading = False
        self._failed(fault)

    def _on_screen(self) -> Region:
        box = self.canvas.box
        return Region(self._place.x + box.x(), self._place.y + box.y(), box.width(), box.height())

    def _finish(self) -> None:
        here, window = self._on_screen(), self._chosen_window()
        if window is None:
            choice = Choice("", here, None)
        else:
            title, area = window
            inside = Region(here.x - area.x, here.y - area.y, here.width, here.height)
            choice = Choice(title, inside, (area.width, area.height))
        self._ask(lambda: self._save(choice), lambda _: self._closed())

    def _closed(self) -> None:
        self.close()

    def _tell(self, said: str, hint: str) -> None:
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.hint.setText(hint)

    def _failed(self, fault: EnvironmentFault) -> None:
        self._tell("That did not work", sentence(fault))
        self.done.setEnabled(False)

    def _ask(
        self, work: Callable[[], Any], done: Callable[[Any], None],
        failed: Callable[[EnvironmentFault], None] | None = None,
    ) -> None:  # fmt: skip
        self._tickets = [*self._tickets[-4:], self._worker.run(work, done, failed or self._failed)]
