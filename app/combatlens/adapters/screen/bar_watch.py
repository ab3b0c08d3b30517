"""The bar of a profile while recording: read when it changed, alone as a percentage, beside text to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from combatlens.adapters.ocr.bar import BarReader, BarReading, bar_contradicts
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.adapters.screen.fingerprint import Fingerprint

if TYPE_CHECKING:
    from combatlens.ports import Image

SAID_SECONDS = 3.0
EACH_SECONDS = 0.28
"""From one look at a bar to the next: every third frame of ten a second."""
VALUES, RISE, LEAP = 4, 3.0, 5.0
"""So many values of the text over so many points show whether the bar moves as they do; a leap shows nothing."""


class BarWatch:
    """Looks at the bar some times a second: it moves slowly, but glow and scenery may change it in each frame."""

    def __init__(self) -> None:
        self._reader, self._fingerprint = BarReader(), Fingerprint()
        self._at: float | None = None
        self.reading = BarReading(None)
        """What was read last."""

    def due(self, at: float) -> bool:
        """Whether it is time to look again. `at`: seconds of a steady clock."""
        if self._at is not None and at - self._at < EACH_SECONDS:
            return False
        self._at = at
        return True

    def read(self, image: Image) -> BarReading:
        """An unchanged bar is not read again."""
        if self._fingerprint.changed(image):
            self.reading = self._reader.read(image)
        return self.reading


def percentage(bar: BarReading, last: XpText | None) -> Reading:
    """A bar alone is a percentage to a tenth; it trembles by less than that. `last`: what was accepted last."""
    if bar.percent is None:
        return unreadable(bar.reason, reader="bar")
    percent = round(bar.percent, 1)
    if last is not None and last.percent is not None and abs(bar.percent - last.percent) < 0.1:
        percent = last.percent
    found = XpText(percent=percent, shape="bar", percent_step=0.1)
    return Reading(
        text=f"{percent:.1f} %", found=found, confidence=bar.fit, reader="bar", sure=True, agreed=True
    )  # fmt: skip


class BarCheck:
    """Bar and text check each other. Where they contradict nothing is believed, however long it stands.

    Unless the bar is shown not to be this number's: it does not move as the number does. One that moves with it at
    a distance is no such proof: so it looks when the number's first digits are hidden.
    """

    def __init__(self) -> None:
        self._foreign = False
        self._since: float | None = None
        self._from: tuple[float, float] | None = None
        self._last, self._values = 0.0, 0

    @property
    def note(self) -> str:
        return "; the bar does not move with it: choose the bar anew" if self._foreign else ""

    def stands(self, at: float) -> bool:
        """Whether they have contradicted each other for so long that it is to be said."""
        return self._since is not None and at - self._since >= SAID_SECONDS

    def against(self, reading: Reading, bar: BarReading | None, at: float) -> str:
        """What speaks against the reading, in words; empty where nothing does. `at`: seconds of a steady clock."""
        found = reading.found
        if bar is None or bar.percent is None or found.reason or reading.reader == "bar":
            return ""
        percent = found.percent
        if percent is None and found.value is not None and found.needed:
            percent = 100 * found.value / found.needed
        if percent is None or self._foreign:
            return ""
        if not bar_contradicts(percent, bar):
            self._since = self._from = None
            return ""
        self._since = at if self._since is None else self._since
        self._follow(percent, bar.percent)
        return f"the bar shows {bar.percent:.1f} %, the text {percent:.1f} %" if not self._foreign else ""

    def _follow(self, text: float, bar: float) -> None:
        """Several rising values, none of them a leap, and the bar somewhere else than they say."""
        if self._from is None or not self._last <= text <= self._last + LEAP:
            self._from, self._values = (text, bar), 1
        elif text > self._last:
            self._values += 1
        self._last = text
        rise, moved = text - self._from[0], bar - self._from[1]
        if self._values >= VALUES and rise >= RISE and abs(moved - rise) > rise / 2:
            self._foreign, self._since = True, None
