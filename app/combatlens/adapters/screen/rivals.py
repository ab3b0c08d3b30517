"""What else the pending value may be: a digit that something lies over is seen in another picture, or by arithmetic."""

from __future__ import annotations

from combatlens.adapters.ocr.reading import Meaning, Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText


class Rivals:
    """Fed with every reading of the pending value."""

    def __init__(self) -> None:
        self._left: dict[Meaning, XpText] | None = None

    def see(self, reading: Reading, *, anew: bool) -> None:
        """`anew`: it is the first reading of this value."""
        if anew:
            self._left = None
        if not reading.covered and (reading.spelt or not reading.doubted):
            self._left = {}
        elif reading.rivals:
            shown = {meaning(rival): rival for rival in reading.rivals}
            left = shown if self._left is None else self._left
            self._left = {key: rival for key, rival in left.items() if key in shown}

    @property
    def left(self) -> list[XpText] | None:
        """What no picture has ruled out; None where that may be anything."""
        return None if self._left is None else list(self._left.values())
