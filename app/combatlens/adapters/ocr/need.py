"""`900000` or `960000` behind the slash: what a level needs stands for hours, and one reader misreads it for as long.

Where that is all in which its looks differ from the other readers', they bear out the value none the less.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from msgspec import structs

from combatlens.adapters.ocr.full import understood_anew
from combatlens.adapters.ocr.reading import ENOUGH, Look, Reading
from combatlens.adapters.ocr.tail import tail_of
from combatlens.adapters.ocr.xp_text import XpText

VALUES = 3
"""Behind so many different values two readers were sure of the need, and of no other since …"""


class Need:
    """Fed with every reading of the teachers; writes what they misread of a need that stands as it is."""

    def __init__(self) -> None:
        self._needed: float | None = None
        self._values: set[float] = set()

    def mend(self, reading: Reading, parse: Callable[[str], XpText]) -> Reading:
        """The same looks understood anew, where two readers are sure of that need here too, and no other of another."""
        sure = _sure_of(reading.looks)
        if sure is None:
            return reading
        needed, tail = sure
        if needed != self._needed:
            self._needed, self._values = needed, set()
        if len(self._values) < VALUES:
            self._values |= {look.found.value or 0 for look in reading.looks if look.found.needed == needed}
            return reading

        def anew(look: Look) -> Look:
            own = tail_of(look.text)
            if not own or look.found.needed in (None, needed):
                return look
            text = look.text.rstrip().removesuffix(own) + tail
            return structs.replace(look, text=text, found=parse(text))

        return understood_anew(reading, anew)


def _sure_of(looks: Sequence[Look]) -> tuple[float, str] | None:
    """The need that two readers see in two views each and in none another, and no third so; and its spelling."""
    read: defaultdict[str, Counter[float]] = defaultdict(Counter)
    for look in looks:
        if look.found.needed is not None:
            read[look.reader][look.found.needed] += 1
    sure = [needs.most_common(1)[0] for needs in read.values() if len(needs) == 1]
    votes = Counter(needed for needed, views in sure if views > 1)
    if len(votes) != 1:
        return None
    needed, readers = votes.most_common(1)[0]
    tails = Counter(tail for look in looks if look.found.needed == needed and (tail := tail_of(look.text)))
    return (needed, tails.most_common(1)[0][0]) if readers >= ENOUGH and tails else None
