"""Whether a sheet of glyphs tells what is shown: the silence of one that seldom does says nothing."""

from __future__ import annotations

from collections import Counter

from combatlens.adapters.ocr.glyphs import Sheet

FEW, SELDOM = 12, 0.25
"""Of so many values at least, since it was learned, it told less than this part."""


class Speech:
    """Fed with the values that glyphs told, and with those that teachers were asked for."""

    def __init__(self) -> None:
        self._sheet: Sheet | None = None
        self._values = Counter[bool]()
        """How many the sheet told, and how many it did not."""
        self._last: tuple[float, bool] | None = None

    def count(self, sheet: Sheet | None, value: float | None, *, told: bool) -> None:
        """`told`: by that sheet. A value counts once, however often it is read: as told, if it ever was."""
        if sheet is not self._sheet:
            self._sheet, self._values, self._last = sheet, Counter(), None
        if value is None:
            return
        if self._last is not None and self._last[0] == value:
            self._values[self._last[1]] -= 1
            told |= self._last[1]
        self._values[told] += 1
        self._last = value, told

    def seldom(self, sheet: Sheet | None) -> bool:
        return (
            sheet is self._sheet and self._values.total() >= FEW and self._values[True] < SELDOM * self._values.total()
        )
