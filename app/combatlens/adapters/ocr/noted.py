"""Doubtful lessons wait: a text teaches once it was read alike again, or when its picture stayed as it was."""

from __future__ import annotations

from msgspec import Struct, structs

from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.lesson import in_both

STILL_SECONDS = 1.0
"""A doubtful text teaches when it is read alike a second time, or when its picture stayed as it was for so long."""
AGAIN_SECONDS = 4.0
"""How long ago it may have been read first: other readings may lie between the two."""


class _Noted(Struct, frozen=True):
    sample: Sample
    at: float
    learned: bool = False


class Notes:
    """`note` every doubtful lesson, ask `stood` before every look; what they give back is to be learned."""

    def __init__(self) -> None:
        self._noted: list[_Noted] = []
        self._seen_at = 0.0

    def stood(self, at: float) -> Sample | None:
        """A new picture comes, `at` seconds of a steady clock: the lesson of the one before, if that stayed so long."""
        before, self._seen_at = self._seen_at, at
        last = self._noted[-1] if self._noted else None
        if last is None or last.at != before or at - before < STILL_SECONDS or last.learned:
            return None
        self._noted[-1] = structs.replace(last, learned=True)
        return last.sample

    def note(self, sample: Sample) -> Sample | None:
        at, text, sure = self._seen_at, sample.text, sample.sure
        self._noted = [each for each in self._noted if at - each.at <= AGAIN_SECONDS]
        before = next((each for each in self._noted if each.sample.text == text), None)
        both = in_both(before.sample.sure, sure) if before is not None else ""
        learned = before is not None and before.learned and bool(both)
        sample = structs.replace(sample, sure=both or sure)
        self._noted = [each for each in self._noted if each is not before]
        self._noted.append(_Noted(sample, at, learned or bool(both)))
        return sample if both and not learned else None
