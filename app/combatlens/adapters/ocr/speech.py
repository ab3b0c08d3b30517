"""Whether a sheet of glyphs tells what is shown: the silence of one that seldom does says nothing."""

from __future__ import annotations

from combatlens.adapters.ocr.glyphs import Sheet

FEW, MOST, SELDOM = 12, 400, 0.25
"""Of so many values at least, the last ones since it was learned, it told less than this part."""


class Speech:
    """Fed with the values that glyphs told, and with those that teachers were asked for."""

    def __init__(self) -> None:
        self._sheet: Sheet | None = None
        self._told: dict[float, bool] = {}
        """The last values, and whether the sheet told them."""

    def count(self, sheet: Sheet | None, value: float | None, *, told: bool) -> None:
        """`told`: by that sheet. A value counts once, however often it is read: as told, if it ever was."""
        if sheet is not self._sheet:
            self._sheet, self._told = sheet, {}
        if value is None:
            return
        self._told[value] = self._told.pop(value, False) or told
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]

    def seldom(self, sheet: Sheet | None) -> bool:
        told = self._told.values()
        return sheet is self._sheet and len(told) >= FEW and sum(told) < SELDOM * len(told)
