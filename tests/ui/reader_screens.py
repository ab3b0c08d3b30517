"""The screen reader's windows for `tests.ui.screens`: assistant and diagnostics, empty, full and failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRect
from PySide6.QtWidgets import QWidget
from tests.ui.test_assistant import OverlayDouble, Screen
from tests.ui.test_diagnostics import rows

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.domain.snapshot import Health
from combatlens.ui.assistant import AssistantWindow
from combatlens.ui.assistant_words import Answer, Place, Trial
from combatlens.ui.background import Worker
from combatlens.ui.diagnostics import DiagnosticsWindow, Glyph, Inside
from combatlens.ui.theme import Theme

Settle = Callable[[Callable[[], bool]], None]
PLACE = QRect(500, 640, 300, 40)


class Game(Screen):
    """A screen with something of a game on it."""

    def __init__(self) -> None:
        super().__init__()
        self.screens = [Region(0, 0, 1280, 720)]
        ramp = np.linspace(40, 150, 720, dtype=np.float32)[:, None, None]
        colours = ramp * np.array((0.9, 0.6, 0.5), np.float32)
        self.image = np.ascontiguousarray(np.broadcast_to(colours, (720, 1280, 3)).astype(np.uint8))
        cv2.circle(self.image, (900, 300), 60, (140, 200, 240), -1, cv2.LINE_AA)
        cv2.rectangle(self.image, (470, 630), (830, 700), (25, 18, 16), -1)
        cv2.putText(
            self.image, "12,345 / 67,890", (520, 668), cv2.FONT_HERSHEY_DUPLEX, 0.9, (190, 235, 255), 1, cv2.LINE_AA
        )

        cv2.rectangle(self.image, (480, 678), (820, 692), (40, 34, 30), -1)
        cv2.rectangle(self.image, (480, 678), (542, 692), (210, 140, 60), -1)

    def windows(self):
        return [Place("Emberfall", Region(0, 0, 1280, 720))]

    def picture(self, area):
        if self.fault:
            raise self.fault
        area = area or self.screens[0]
        return self.image[area.y : area.y + area.height, area.x : area.x + area.width], area


def assistants(theme: Theme, worker: Worker, settle: Settle) -> Iterator[tuple[str, QWidget]]:
    def opened(screen: Game, overlay: OverlayDouble | None = None) -> AssistantWindow:
        window = AssistantWindow(theme, worker, screen, lambda _: None, overlay)
        window.show()
        settle(window.isVisible)
        return window

    def chosen(answer: Answer, overlay: OverlayDouble | None = None) -> AssistantWindow:
        screen = Game()
        screen.answer = answer
        window = opened(screen, overlay)
        window.canvas.set_box(PLACE)
        window._chosen()
        settle(lambda: bool(window.said.text()))
        return window

    start = opened(Game())
    start.canvas._pointer = QPointF(start.canvas.rect().center())
    yield "assistant-start", start
    good = Answer(True, "12,345 / 67,890", "XP 12,345 of 67,890 needed")
    yield "assistant-read", chosen(good)
    yield "assistant-covered", chosen(good, OverlayDouble(Region(0, 0, 9, 9)))
    small = Answer(False, "", "text too small: scale the game's UI or choose 2×", small=True)
    yield "assistant-small", chosen(small)
    tested = chosen(good)
    tested._trial = Trial(20)
    for _ in range(20):
        tested._trial.note(good)
    tested._go_on_testing(tested._trial, good)
    tested._timer.stop()
    yield "assistant-tested", tested
    both = chosen(good)
    both.kind.setCurrentIndex(2)
    both._name_done()
    yield "assistant-both-number", both
    both._go_on_to_the_bar()
    yield "assistant-both-next", both
    both._setup.answer = Answer(True, "18.2 %", "the bar is 18.2 % full")
    both.canvas.set_box(QRect(480, 678, 340, 14))
    both._chosen()
    settle(lambda: "full" in both.said.text())
    yield "assistant-both-bar", both
    failing = Game()
    failing.fault = EnvironmentFault("the screen cannot be captured: no display", "log in to an X11 session")
    yield "assistant-failed", opened(failing)


def diagnostics(theme: Theme, worker: Worker) -> Iterator[tuple[str, QWidget]]:
    picture = Game().image[640:680, 500:800]
    seen = [row._replace(image=np.ascontiguousarray(picture), at=row.at + turn) for turn in range(5) for row in rows()]
    glyphs = []
    for sign in "0123456789,/":
        pixels = np.zeros((26, 18), np.uint8)
        cv2.putText(pixels, sign, (1, 20), cv2.FONT_HERSHEY_DUPLEX, 0.75, 255, 1, cv2.LINE_AA)
        glyphs.append(Glyph(sign, sign not in "7/", pixels))
    health = Health("screen", "warning", "reader unsure: 8 or 6 in '12,?45'", "see Diagnostics for the pictures")
    for name, inside in (
        ("full", Inside(health, glyphs, seen)),
        ("empty", Inside(Health("screen", "off", "the profile reads no screen", "choose a place in the tray's menu"))),
    ):
        window = DiagnosticsWindow(theme, worker, lambda made=inside: made)
        window.show()
        yield f"diagnostics-{name}", window
