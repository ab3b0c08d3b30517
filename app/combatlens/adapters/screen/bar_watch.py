"""The bar of a profile while recording: read when it changed, alone as a percentage, beside text to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from combatlens.adapters.ocr.bar import BarReader, BarReading, bar_contradicts
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.adapters.screen.fingerprint import Fingerprint

if TYPE_CHECKING:
    from combatlens.ports import Image


class BarWatch:
    def __init__(self) -> None:
        self._reader, self._fingerprint = BarReader(), Fingerprint()
        self._reading = BarReading(None)

    def read(self, image: Image) -> BarReading:
        """An unchanged bar is not read again."""
        if self._fingerprint.changed(image):
            self._reading = self._reader.read(image)
        return self._reading


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


def checked(reading: Reading, bar: BarReading | None) -> Reading:
    """Bar and text check each other: where they differ the reading is disputed."""
    found = reading.found
    if bar is None or found.reason or reading.reader == "bar":
        return reading
    percent = found.percent
    if percent is None and found.value is not None and found.needed:
        percent = 100 * found.value / found.needed
    if percent is None or not bar_contradicts(percent, bar):
        return reading
    return structs.replace(
        reading, disputed=True, reason=f"the bar shows {bar.percent:.1f} %, the text {percent:.1f} %"
    )
