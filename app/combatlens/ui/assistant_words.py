"""What the set-up assistant asks of the screen, what it is answered, and what a trial comes to. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from combatlens.domain.profile import Region

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Kind = Literal["text", "bar"]
"""What one rectangle holds."""
Shown = Literal["text", "bar", "both"]
"""What the game shows: a number, a bar, or both, each in a rectangle of its own."""


class Answer(NamedTuple):
    """What the reader makes of one picture. `small`: the text is too small, enlarging it may help."""

    good: bool
    text: str
    words: str
    small: bool = False


class Found(NamedTuple):
    """A text that may be the XP: its place in the picture, and what it says."""

    region: Region
    text: str


class Place(NamedTuple):
    """What can be looked at: a window (its client area) or a screen. `kind`: the window's class, which stays."""

    title: str
    area: Region
    kind: str = ""


class Setup(Protocol):
    """The screen, for the assistant. Blocking: it is called on a worker alone. Raises EnvironmentFault."""

    def windows(self) -> Sequence[Place]:
        """The windows that can be watched, the foremost first."""

    def monitors(self) -> Sequence[Region]:
        """Every monitor's place, the first one first."""

    def picture(self, area: Region | None) -> tuple[Pixels, Region]:
        """The area's picture (all monitors without one), cut to what lies on the screen, and where that is."""

    def warm(self) -> None:
        """Get ready to read: what is slow at first is started now, while the user still looks."""

    def read(self, image: Pixels, kind: Kind, enlarged: int) -> Answer: ...
    def find(self, image: Pixels, x: int, y: int) -> Region | None:
        """The text at a point."""

    def search(self, image: Pixels) -> Sequence[Found]:
        """The texts that may be the XP, the likeliest first."""


class Choice(NamedTuple):
    """What was chosen. `region`, and `bar` where it stands beside a number, are relative to the window's client area
    where a window is named, else to the screen.

    `reference_size` is that client area's size; `enlarged` the factor by which pictures are enlarged before reading.
    """

    window_title: str
    region: Region
    reference_size: tuple[int, int] | None
    kind: Shown = "text"
    enlarged: int = 1
    window_class: str = ""
    bar: Region | None = None


class Trial:
    """Counts live readings, so that one lucky picture does not pass for a good place."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.done, self.good = wanted, 0, 0
        self._texts: list[str] = []
        self._reason = ""

    @property
    def over(self) -> bool:
        return self.done >= self.wanted

    def note(self, answer: Answer) -> None:
        self.done += 1
        self.good += answer.good
        if not answer.good:
            self._reason = answer.words
        elif answer.text not in self._texts[-1:]:
            self._texts.append(answer.text)

    @property
    def passed(self) -> bool:
        """A game's effects may spoil a picture now and then; recording waits for the next."""
        return self.over and self.good >= 0.8 * self.done

    def words(self) -> str:
        count = f"{self.good} of {self.done} pictures read"
        if not self.over:
            return f"Testing: {count} …"
        if not self.passed:
            return f"Test not passed: {count}. {self._reason[:1].upper()}{self._reason[1:]}".rstrip(". ") + "."
        seen = f"from {self._texts[0]} to {self._texts[-1]}" if len(self._texts) > 1 else "the number did not change"
        return f"Test passed: {count}, {seen}."
