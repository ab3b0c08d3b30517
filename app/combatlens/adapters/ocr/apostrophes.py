"""Do apostrophes part the groups? Teachers miss them in most pictures, and never make one up."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from msgspec import structs

from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.lesson import parted
from combatlens.adapters.ocr.reading import Reading

FEW = 3
"""Looks at one between groups of digits, from which on it may have been missed in all the others."""
_APART = re.compile(r"\d'\d{3}(?!\d)")


class Apostrophes:
    """Fed with every reading of the teachers; knows how samples may be spelt when a sheet begins."""

    def __init__(self) -> None:
        self._seen, self._tried = 0, False

    def hear(self, reading: Reading) -> None:
        self._seen += sum(_APART.search(look.text) is not None for look in reading.looks)

    @property
    def untried(self) -> bool:
        """Whether they may be there, and no sheet was begun with them."""
        return self._seen >= FEW and not self._tried

    def spellings(self, samples: Sequence[Sample]) -> list[Sequence[Sample]]:
        """The samples as they were read, and where they may have been missed, with them."""
        if self._seen < FEW:
            return [samples]
        self._tried = True
        return [samples, [_parted(each) for each in samples]]


def _parted(sample: Sample) -> Sample:
    text, sure = parted(sample.text, sample.sure)
    places, before = [], list(zip(sample.text.replace(" ", ""), sample.places, strict=False))
    for char in text.replace(" ", ""):
        places.append(before.pop(0)[1] if before and before[0][0] == char else math.nan)
    return structs.replace(sample, text=text, sure=sure, places=tuple(places) if sample.places else ())
