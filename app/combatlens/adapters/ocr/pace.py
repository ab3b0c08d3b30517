"""When the teachers may be asked: they cost a hundred times what glyphs do."""

from __future__ import annotations

from combatlens.adapters.ocr.stack import HEIGHT
from combatlens.ports import Clock

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between questions while nothing more is to be learned: doubled each time, up to the second."""
BURST = 20
"""Questions that may be asked at once …"""
LEARNING_SECONDS, SETTLED_SECONDS, UNTRAINED_SECONDS = 0.5, 10.0, 3.0
"""… and seconds in which one more is earned: while glyphs are learned, where nothing new is, and where no glyphs read
yet, so that each value may still be told by many pictures."""
FRUITLESS = 100
"""Questions without a new glyph or a proof after which nothing more is to be learned for now."""


class Pace:
    """A few questions at once, more only as time passes; while nothing comes of them, fewer of the pictures."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause, self._asked = 0.0, 0.0
        self._budget, self._earned, self._fruitless = float(BURST), clock.monotonic(), 0
        self._since, self._patience = 0, 1  # pictures since the last question, and how many there must be

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be learned for now."""
        return self._fruitless > FRUITLESS

    def seen(self, *, new_text: bool) -> None:
        """One more picture that only the teachers can read."""
        self._since += 1
        if new_text:
            self._patience = 1

    def may_ask(self, *, speaks: bool) -> bool:
        """Whether to ask now; that is then counted. `speaks`: glyphs read most, and pictures need not be gathered."""
        now = self._clock.monotonic()
        settled = SETTLED_SECONDS if speaks else UNTRAINED_SECONDS
        each = settled if self.settled else LEARNING_SECONDS
        self._budget = min(BURST, self._budget + (now - self._earned) / each)
        self._earned = now
        waits = now - self._asked < self._pause or (not speaks and self._since < self._patience)
        if self._budget < 1 or waits:
            return False
        self._budget -= 1
        return True

    def answered(self, *, useful: bool) -> None:
        self._asked = self._clock.monotonic()
        self._fruitless += 1
        self._since = 0
        if useful:
            self._pause, self._patience = 0.0, max(1, self._patience // 2)
        else:
            self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause)) if self.settled else 0.0
            self._patience = min(HEIGHT, 2 * self._patience)

    def learned(self) -> None:
        """There is more to be learned."""
        self._fruitless = 0
