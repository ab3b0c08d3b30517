"""Whether a sheet of glyphs tells what is shown: the silence of one that seldom does says nothing."""

from __future__ import annotations

from combatlens.adapters.ocr.glyphs import Sheet

FEW, SELDOM = 12, 0.25
"""Of so many values at least, since it was learned, it told less than this part."""


class Speech:
    """Fed with the values that glyphs told, and with those that teachers were asked for."""

    def __init__(self) -> None:
        self._sheet: Sheet | None = None
        self._told = self._asked = 0
        self._last: float | None = None

    def value(self, sheet: Sheet | None, value: float | None, *, told: bool) -> None:
        """`told`: by that sheet. Each value counts once, however often it is read."""
        if sheet is not self._sheet:
            self._sheet, self._told, self._asked, self._last = sheet, 0, 0, None
        if value is None or value == self._last:
            return
        self._told += told
        self._asked += not told
        self._last = value

    def seldom(self, sheet: Sheet | None) -> bool:
        values = self._told + self._asked
        return sheet is self._sheet and values >= FEW and self._told < SELDOM * values
