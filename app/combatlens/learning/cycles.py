"""The rotation that a session was played with, as a name by which sessions can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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


def as_most_say(counts: Mapping[str, int]) -> dict[str, str]:
    """Of names and how many sessions have them: each under the name that most of one rotation have."""
    chosen: dict[tuple[str, ...], str] = {}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {name: chosen.setdefault(cycle(name), name) for name, _ in ranked}
