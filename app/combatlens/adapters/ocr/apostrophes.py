"""Do apostrophes part the groups? Teachers miss them in most pictures, and never make one up."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
        return [samples, [Sample(each.image, *parted(each.text, each.sure)) for each in samples]]
