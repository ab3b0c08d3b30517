"""The set-up assistant's frozen picture of the screen: it and the overlay step aside for it, and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QTimer, Signal

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ui.assistant_view import AssistantView
from combatlens.ui.assistant_words import Pixels, Place, Setup
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.parts import sentence
from combatlens.ui.theme import Theme

LIVE_MS = 500
VANISH_MS = 250
"""A window that was hidden is gone from the screen after so long: the game has painted what lay behind it."""
Taken = tuple[list[Place], list[Region], tuple[Pixels, Region]]


class OverlayLike(Protocol):
    """The overlay, as far as the assistant must keep it out of pictures and off the chosen place."""

    def step_out(self, out: bool) -> None:
        """Vanish while the assistant is at work, and come back."""

    def covers(self, place: Region) -> bool:
        """Whether it lies over a rectangle of the screen (physical pixels) and would be read with it."""

    def make_room(self, place: Region) -> bool:
        """Move off that rectangle; False when there is nowhere to go."""


class AssistantPicture(AssistantView):
    """Shown, it first takes the picture: it must not be in it itself. What is done on it is the window's."""

    picture_changed = Signal()
    """Another one is shown, or another part of it: what was chosen on the old one is to be forgotten."""

    def __init__(self, theme: Theme, worker: Worker, setup: Setup, overlay: OverlayLike | None) -> None:
        super().__init__(theme)
        self._worker, self._setup, self._overlay = worker, setup, overlay
        self._places: list[Place] = []
        self._windows = 0
        self._image: Pixels | None = None
        self._place = Region(0, 0, 1, 1)
        self._tickets: list[Ticket] = []
        self._busy = self._shown_once = False
        self._timer, self._vanishing = QTimer(self), QTimer(self)
        self._vanishing.setSingleShot(True)
        self._vanishing.timeout.connect(self._take)

    def setVisible(self, visible: bool) -> None:
        """The first show is put off until the picture is taken, and each that comes while one is."""
        if visible and self._busy:
            return
        if visible and not self.isVisible() and not self._shown_once:
            self.take()
            return
        super().setVisible(visible)

    def take(self, wait_ms: int = 0) -> None:
        """Vanish, freeze a new picture of the screen after `wait_ms`, come back."""
        self._busy = True
        self._timer.stop()
        if self._overlay is not None:
            self._overlay.step_out(True)
        if self.isVisible():
            self.hide()
        self._vanishing.start(VANISH_MS + wait_ms)

    def _take(self) -> None:
        def work() -> Taken:
            return list(self._setup.windows()), list(self._setup.monitors()), self._setup.picture(None)

        self._ask(work, self._taken, self._not_taken)

    def _taken(self, answer: Taken) -> None:
        windows, monitors, (self._screen_image, self._screen_place) = answer
        screens = [Place(f"Screen {number}", place) for number, place in enumerate(monitors, 1)]
        if len(screens) == 1:
            screens = [Place("The whole screen", screens[0].area)]
        before = self.where.currentText()
        self._windows, self._places = len(windows), [*windows, *screens]
        self.where.clear()
        self.where.addItems([place.title for place in self._places])
        self.where.setCurrentIndex(max(0, self.where.findText(before)))
        self._come_back()
        self._cut()

    def _not_taken(self, fault: EnvironmentFault) -> None:
        self._come_back()
        self._image = None
        self.canvas.clear("No picture")
        self._failed(fault)

    def _come_back(self) -> None:
        self._busy, self._shown_once = False, True
        self.show()
        self.raise_()
        self.activateWindow()
        self.canvas.setFocus()
        self._timer.start(LIVE_MS)
        self._ask(self._setup.warm, lambda _: None)

    def _cut(self) -> None:
        """The part of the frozen picture that is chosen above."""
        area = self._places[self.where.currentIndex()].area
        whole = self._screen_place
        left, top = max(whole.x, area.x), max(whole.y, area.y)
        right = min(whole.x + whole.width, area.x + area.width)
        bottom = min(whole.y + whole.height, area.y + area.height)
        if right <= left or bottom <= top:
            self._image = None
            self.canvas.clear("Outside the screen")
            self._say("The window is outside the screen", "Move it back, then take a new picture.")
            return
        rows = slice(top - whole.y, bottom - whole.y)
        self._image = self._screen_image[rows, left - whole.x : right - whole.x]
        self._place = Region(left, top, right - left, bottom - top)
        self.canvas.show_picture(self._image)
        self.picture_changed.emit()

    def _failed(self, fault: EnvironmentFault) -> None:
        self._say("That did not work", sentence(fault))
        self.done.setEnabled(False)

    def _ask(
        self, work: Callable[[], Any], done: Callable[[Any], None],
        failed: Callable[[EnvironmentFault], None] | None = None,
    ) -> None:  # fmt: skip
        self._tickets = [*self._tickets[-4:], self._worker.run(work, done, failed or self._failed)]
