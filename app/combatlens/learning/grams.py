"""Sequences of 3 to 7 skills inside fights, counted without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from combatlens.learning.moments import Moments
from combatlens.learning.replay import UseRow
from combatlens.learning.session_record import Gram

SHORTEST, LONGEST = 3, 7
KEPT = 256
"""Sequences kept of a session: those that cover most uses."""

_FIRST = 0x100
"""Skills are numbered as characters from here, so that a fight is a string and a sequence a slice of it."""


class _Tally:
    """Sums of one sequence; `next_free` keeps its occurrences from overlapping."""

    __slots__ = ("alike", "clean", "count", "expected", "fight", "next_free", "x", "xx", "xy", "y", "yy")

    def __init__(self) -> None:
        self.count = self.clean = self.next_free = 0
        self.fight = -1
        self.alike = self.expected = self.y = self.x = self.yy = self.xy = self.xx = 0.0


def grams(uses: Sequence[UseRow]) -> tuple[Gram, ...]:
    """Of uses in fold order: the sequences with at least two different skills, those that cover most uses first."""
    names: dict[str, str] = {}
    tallies: dict[str, _Tally] = {}
    inside = [use for use in uses if use.encounter >= 0]
    fights = [list(members) for _, members in groupby(inside, key=lambda use: (use.encounter, use.fight))]
    usual = _usual(inside)
    windows = _windows(fights)
    for number, fight in enumerate(fights):
        if len(fight) >= SHORTEST:
            target = fight[0].target
            _count(number, fight, names, tallies, usual[target], windows[target])
    skills = {letter: skill for skill, letter in names.items()}
    ranked = sorted(tallies.items(), key=lambda item: (-item[1].count * len(item[0]), len(item[0]), item[0]))
    return tuple(
        Gram(
            skills=tuple(skills[letter] for letter in word),
            count=tally.count,
            clean=tally.clean,
            expected=tally.expected,
            alike=tally.alike,
            rate=Moments(tally.count, tally.y, tally.x, tally.yy, tally.xy, tally.xx),
        )
        for word, tally in ranked[:KEPT]
    )


def _usual(uses: Sequence[UseRow]) -> dict[str | None, float]:
    """Damage per second of all uses, for each target."""
    sums: dict[str | None, list[float]] = {}
    for use in uses:
        both = sums.setdefault(use.target, [0.0, 0.0])
        both[0] += use.damage
        both[1] += use.occupied
    return {target: damage / time if time else 0.0 for target, (damage, time) in sums.items()}


def _windows(fights: Sequence[Sequence[UseRow]]) -> dict[str | None, list[float]]:
    """Damage per second of all sequences of a length (the index), for each target.

    A fight's last use is in fewer of them than others, and does less: no sequence may look better for that alone.
    """
    sums: dict[str | None, list[list[float]]] = {}
    for fight in fights:
        both = sums.setdefault(fight[0].target, [[0.0, 0.0] for _ in range(LONGEST + 1)])
        size = len(fight)
        for length in range(SHORTEST, min(LONGEST, size) + 1):
            most = min(length, size - length + 1)
            for i, use in enumerate(fight):
                share = min(i + 1, size - i, most)
                both[length][0] += share * use.damage
                both[length][1] += share * use.occupied
    return {target: [damage / time if time else 0.0 for damage, time in lengths] for target, lengths in sums.items()}


def _count(
    number: int,
    fight: list[UseRow],
    names: dict[str, str],
    tallies: dict[str, _Tally],
    usual: float,
    windows: list[float],
) -> None:
    letters, damage, seconds, misses = [], [0.0], [0.0], [0]
    for use in fight:
        letters.append(names.setdefault(use.skill, chr(_FIRST + len(names))))
        damage.append(damage[-1] + use.damage)
        seconds.append(seconds[-1] + use.occupied)
        misses.append(misses[-1] + (not use.success))
    text = "".join(letters)
    size = len(text)
    for begin in range(size - SHORTEST + 1):
        same = text[begin] == text[begin + 1] == text[begin + 2]
        for end in range(begin + SHORTEST, min(begin + LONGEST, size) + 1):
            word = text[begin:end]
            if same and word.count(word[0]) == len(word):
                continue
            tally = tallies.get(word)
            if tally is None:
                tally = tallies[word] = _Tally()
            if tally.fight == number and tally.next_free > begin:
                continue
            tally.fight, tally.next_free = number, end
            tally.count += 1
            tally.clean += misses[end] == misses[begin]
            y, x = damage[end] - damage[begin], seconds[end] - seconds[begin]
            tally.expected += x * usual
            tally.alike += x * windows[end - begin]
            tally.y += y
            tally.x += x
            tally.yy += y * y
            tally.xy += x * y
            tally.xx += x * x
