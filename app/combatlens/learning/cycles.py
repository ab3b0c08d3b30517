"""The rotation that a session was played with, as a name by which sessions can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from combatlens.learning.session_record import Gram

ARROW = " → "
LEAST_COVERED = 0.3
"""A session has a rotation where one sequence covers at least this share of its uses."""

CLEAR = 2
"""A round that breaks off is one more round where so many of its skills are seen: A → B → C → A may be a rotation."""

_SPLIT = re.compile(r"\s*(?:→|->|>|,)\s*")


def rotation_of(grams: Iterable[Gram], uses: int) -> str | None:
    """The sequence that covers most uses of a session, of equal ones the shorter, as `A → B → C`; None where none
    covers LEAST_COVERED of them."""
    best = min(
        grams, key=lambda gram: (-gram.count * len(gram.skills), len(gram.skills), gram.skills), default=None
    )  # fmt: skip
    if best is None or uses <= 0 or best.count * len(best.skills) < LEAST_COVERED * uses:
        return None
    return ARROW.join(best.skills)


def cycle(name: str) -> tuple[str, ...]:
    """What makes two names one rotation, since it is played again and again: A → B → C, B → C → A and A → B → C → A → B
    give the same. Reads `A > B > C` and `A, B, C` too."""
    skills = tuple(part for part in _SPLIT.split(name.strip()) if part)
    size = len(skills)
    repeats = (n for n in range(1, size) if (size % n == 0 or size - n >= CLEAR) and skills[n:] == skills[:-n])
    once = skills[: next(repeats, size)]
    return min((once[i:] + once[:i] for i in range(len(once))), default=())


def as_most_say(names: Sequence[str | None]) -> list[str | None]:
    """Each rotation under the name that most sessions give it."""
    counts = Counter(name for name in names if name is not None)
    chosen: dict[tuple[str, ...], str] = {}
    for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        chosen.setdefault(cycle(name), name)
    return [None if name is None else chosen[cycle(name)] for name in names]
