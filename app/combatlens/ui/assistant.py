"""The set-up assistant: where the game shows XP, chosen on a frozen picture of it and tried at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ui.assistant_picture import LIVE_MS, AssistantPicture, OverlayLike
from combatlens.ui.assistant_words import Answer, Choice, Found, Kind, Pixels, Setup, Trial
from combatlens.ui.background import Worker
from combatlens.ui.pixels import free_corner, on_screen, shares
from combatlens.ui.theme import Theme

TEST_MS, TEST_PICTURES = 200, 20
LATER_MS = 5000
DRAG_BAR = "Drag around the bar, from its empty to its full end."
ASK = "Drag around the XP number, click on it, or let CombatLens find it."


class AssistantWindow(AssistantPicture):
    """Shown, it first takes the picture: it must not be in it itself.

    `save` keeps the choice in the profile (on the worker; may raise EnvironmentFault). `closed` follows each close.
    """

    closed = Signal()

    def __init__(
        self, theme: Theme, worker: Worker, setup: Setup, save: Callable[[Choice], None],
        overlay: OverlayLike | None = None,
    ) -> None:  # fmt: skip
        super().__init__(theme, worker, setup, overlay)
        self._save = save
        self._found: Sequence[Found] = ()
        self._turn = 0
        self._enlarged = 1
        self._trial: Trial | None = None
        self._reading = False
        self._timer.timeout.connect(self._look)
        self._connect()

    def _connect(self) -> None:
        self.where.activated.connect(lambda _: self._cut())
        self.kind.activated.connect(lambda _: self._began_anew())
        self.picture_changed.connect(self._began_anew)
        self.again.clicked.connect(lambda: self.take())
        self.later.clicked.connect(lambda: self.take(LATER_MS))
        self.seek.clicked.connect(self._search)
        self.test.clicked.connect(self._begin_test)
        self.aside.clicked.connect(self._move_overlay)
        self.larger.clicked.connect(self._enlarge)
        self.done.clicked.connect(self._finish)
        self.cancel.clicked.connect(self.close)
        self.canvas.chosen.connect(lambda _: self._chosen())
        self.canvas.clicked.connect(self._find_at)

    # --- choosing ---------------------------------------------------------------------------------------------

    def _began_anew(self) -> None:
        self._found, self._turn, self._enlarged = (), 0, 1
        self._stop_test()
        self.canvas.set_box(QRect())
        self.show_seen(None)
        self.offer()
        self.canvas.forget_kept()
        bar = self._reads() == "bar"
        self.seek.setEnabled(not bar)
        self._say("", DRAG_BAR if bar else ASK)
        self._name_done()

    def _reads(self) -> Kind:
        """What the rectangle of this moment holds: of a number and its bar, the number comes first."""
        shown = self.kind.currentData()
        return "bar" if shown == "bar" or (shown == "both" and not self.canvas.kept.isNull()) else "text"

    def _bar_follows(self) -> bool:
        return bool(self.kind.currentData() == "both" and self.canvas.kept.isNull())

    def _name_done(self) -> None:
        both = self.kind.currentData() == "both"
        self.done.setText("Next: its bar" if self._bar_follows() else "Use both places" if both else "Use this place")

    def _find_at(self, at: QPoint) -> None:
        image = self._image
        if image is not None and self._reads() == "text":
            self._say("Looking at that text …", "")
            self._ask(lambda: self._setup.find(image, at.x(), at.y()), self._found_at)

    def _found_at(self, region: Region | None) -> None:
        if region is None:
            self._say("No text found there", "Click on the number itself, or drag around it.")
            return
        self.canvas.set_box(QRect(region.x, region.y, region.width, region.height))
        self._chosen()

    def _search(self) -> None:
        """Find it for me: the likeliest text first, each further press the next."""
        image = self._image
        if image is None:
            return
        if self._found:
            self._turn = (self._turn + 1) % len(self._found)
            self._show_found()
            return
        self.seek.setEnabled(False)
        self._say("Looking for the XP …", "This takes some seconds.")
        self._ask(lambda: self._setup.search(image), self._searched)

    def _searched(self, found: Sequence[Found]) -> None:
        self.seek.setEnabled(True)
        self._found, self._turn = found, 0
        if not found:
            self._say("No number that could be the XP", "Is it on the screen? Else drag around it yourself.")
            return
        self._show_found()

    def _show_found(self) -> None:
        region = self._found[self._turn].region
        self.canvas.set_box(QRect(region.x, region.y, region.width, region.height))
        self._chosen()

    def _chosen(self) -> None:
        self._stop_test()
        self._enlarged = 1
        self._step_aside()
        self._look()

    def _step_aside(self) -> None:
        """Off the chosen place, so that it can be read live; smaller, where there is no other way."""
        place = self._on_screen()
        if self.isMaximized() or not shares(on_screen(self), place):
            return
        frame = self.frameGeometry().size()
        least = self.minimumSize() + (frame - self.size())
        for size in (frame, (frame * 0.8).expandedTo(least), least):
            corner = free_corner(self, place, size)
            if corner is not None:
                self.resize(self.size() - (frame - size))
                self.move(corner)
                return

    def _on_screen(self, box: QRect | None = None) -> Region:
        box = self.canvas.box if box is None else box
        return Region(self._place.x + box.x(), self._place.y + box.y(), box.width(), box.height())

    # --- reading ----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """What the reader makes of the chosen place now: live, unless this window lies over it."""
        image, box = self._image, self.canvas.box
        if self._reading or self._busy or image is None or box.isNull():
            return
        self._reading = True
        place, kind, enlarged = self._on_screen(), self._reads(), self._enlarged
        frozen = shares(on_screen(self), place)
        covered = self._overlay is not None and self._overlay.covers(place)
        still = image[box.y() : box.y() + box.height(), box.x() : box.x() + box.width()]

        def work() -> tuple[QRect, bool, bool, Pixels, Answer]:
            seen = still if frozen else self._setup.picture(place)[0]
            return box, frozen, covered, seen, self._setup.read(seen, kind, enlarged)

        self._ask(work, lambda answer: self._heard(*answer), self._deaf)

    def _heard(self, box: QRect, frozen: bool, covered: bool, seen: Pixels, answer: Answer) -> None:
        self._reading = False
        if box != self.canvas.box or self._busy:
            self._look()
            return
        words = f"{answer.words[:1].upper()}{answer.words[1:]}"
        self.show_seen(seen)
        self.offer(aside=covered, larger=answer.small and self._enlarged == 1)
        self.done.setEnabled(answer.good)
        self.test.setEnabled(answer.good and not frozen)
        if self._trial is not None:
            self._go_on_testing(self._trial, answer)
        elif not answer.good:
            self._say(answer.text or "Nothing readable yet", self._advice(answer))
        elif covered:
            self._say(words, "The overlay would cover this place and hide the XP from the reader: move it away.")
        elif frozen:
            then = "go on to its bar" if self._bar_follows() else "use it"
            self._say(words, f"Read from the picture: this window lies over the place. Right? Then {then}.")
        else:
            self._say(words, self._right())

    def _advice(self, answer: Answer) -> str:
        words = f"{answer.words[:1].upper()}{answer.words[1:]}."
        if answer.small or self._reads() == "bar":
            return words
        return f"{words} Leave a little room around the number."

    def _right(self) -> str:
        then = "go on to its bar" if self._bar_follows() else "use this place"
        right = f"Live: this is what CombatLens reads. Right? Then {then}."
        if len(self._found) > 1:
            return f"{right} Not it? Find shows the next ({self._turn + 1} of {len(self._found)})."
        return right

    def _deaf(self, fault: EnvironmentFault) -> None:
        self._reading = False
        self._stop_test()
        self._failed(fault)

    def _begin_test(self) -> None:
        self._trial = Trial(TEST_PICTURES)
        self.test.setEnabled(False)
        self._timer.start(TEST_MS)
        self._say(self._trial.words(), "Play on: the number should follow.")

    def _go_on_testing(self, trial: Trial, answer: Answer) -> None:
        if not trial.over:
            trial.note(answer)
        self.test.setEnabled(trial.over and answer.good)
        good = "Use this place." if trial.passed else "Choose the place anew, with more room around the number."
        self._say(trial.words(), good if trial.over else f"Play on: the number should follow. Now: {answer.text}")
        if trial.over:
            self._timer.start(LIVE_MS)

    def _stop_test(self) -> None:
        if self._trial is not None:
            self._trial = None
            self._timer.start(LIVE_MS)

    def _enlarge(self) -> None:
        self._enlarged = 2
        self._look()

    def _move_overlay(self) -> None:
        if self._overlay is not None and not self._overlay.make_room(self._on_screen()):
            self._say("There is no room for the overlay", "Unlock it and drag it to where it hides nothing.")
            return
        self._look()

    # --- the end ----------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self._bar_follows():
            self._go_on_to_the_bar()
            return
        shown, both = self.kind.currentData(), self.kind.currentData() == "both"
        here, beside = self._on_screen(), None
        if both:
            here, beside = self._on_screen(self.canvas.kept), here
        index, enlarged = self.where.currentIndex(), self._enlarged
        if index >= self._windows:
            choice = Choice("", here, None, shown, enlarged, bar=beside)
        else:
            title, area, window_class = self._places[index]
            size = (area.width, area.height)
            bar = _within(area, beside) if beside is not None else None
            choice = Choice(title, _within(area, here), size, shown, enlarged, window_class, bar)
        self.done.setEnabled(False)
        self._ask(lambda: self._save(choice), lambda _: self._closed())

    def _go_on_to_the_bar(self) -> None:
        """The number's place is kept, drawn thinly; the next rectangle is its bar's."""
        self._stop_test()
        self.canvas.keep_box()
        self.show_seen(None)
        self.offer()
        self.seek.setEnabled(False)
        self._name_done()
        self._say("Now the bar", DRAG_BAR)

    def _closed(self) -> None:
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter uses the place, Escape leaves; keys of the picture itself were taken by it before."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.done.isEnabled():
            self._finish()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        for ticket in self._tickets:
            ticket.cancel()
        self._tickets.clear()
        self._timer.stop()
        self._vanishing.stop()
        if self._overlay is not None:
            self._overlay.step_out(False)
        self._image, self._trial = None, None
        self._busy = self._reading = self._shown_once = False
        super().closeEvent(event)
        self.closed.emit()

    def _failed(self, fault: EnvironmentFault) -> None:
        super()._failed(fault)
        self.seek.setEnabled(self._image is not None and self._reads() == "text")


def _within(area: Region, place: Region) -> Region:
    return Region(place.x - area.x, place.y - area.y, place.width, place.height)
