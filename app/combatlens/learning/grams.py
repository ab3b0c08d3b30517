"""Sequences of 3 to 7 skills inside fights, counted without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby

from combatlens.learning.moments import NONE, Moments, moments_of
from combatlens.learning.replay import UseRow
from combatlens.learning.session_record import Gram

SHORTEST, LONGEST = 3, 7
KEPT = 256
"""Sequences kept of a session: those that cover most uses."""

Running = tuple[list[float], list[float]]

_FIRST = 0x100
"""Skills are numbered as characters from here, so that a fight is a string and a sequence a slice of it."""


class _Tally:
    """Sums of one sequence; `next_free` keeps its occurrences from overlapping."""

    __slots__ = ("alike", "clean", "count", "expected", "fight", "next_free", "variance", "x", "xx", "xy", "y", "yy")

    def __init__(self) -> None:
        self.count = self.clean = self.next_free = 0
        self.fight = -1
        self.alike = self.variance = self.expected = self.y = self.x = self.yy = self.xy = self.xx = 0.0


def grams(uses: Sequence[UseRow]) -> tuple[Gram, ...]:
    """Of uses in fold order: the sequences with at least two different skills, those that cover most uses first."""
    names: dict[str, str] = {}
    tallies: dict[str, _Tally] = {}
    inside = [use for use in uses if use.encounter >= 0]
    fights = [list(members) for _, members in groupby(inside, key=lambda use: (use.encounter, use.fight))]
    usual = _usual(inside)
    long = [fight for fight in fights if len(fight) >= SHORTEST]
    sums = [_running(fight) for fight in long]
    windows = _windows(long, sums)
    for number, (fight, running) in enumerate(zip(long, sums, strict=True)):
        target = fight[0].target
        _count(number, fight, running, names, tallies, usual[target], windows[target])
    skills = {letter: skill for skill, letter in names.items()}
    ranked = sorted(tallies.items(), key=lambda item: (-item[1].count * len(item[0]), len(item[0]), item[0]))
    return tuple(
        Gram(
            skills=tuple(skills[letter] for letter in word),
            count=tally.count,
            clean=tally.clean,
            expected=tally.expected,
            alike=tally.alike,
            variance=tally.variance,
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


def _windows(
    fights: Sequence[Sequence[UseRow]], running: Sequence[Running]
) -> dict[str | None, list[tuple[float, float]]]:
    """Of all sequences of a length (the index), for each target: damage per second, and the variance of a sequence's
    damage about it.

    A fight's last use is in fewer of them than others, and does less: no sequence may look better for that alone.
    And the few times that one was seen may happen to hold no miss: its own spread would say that it is always so.
    """
    sums: dict[str | None, list[Moments]] = {}
    for fight, (damage, seconds) in zip(fights, running, strict=True):
        rows = sums.setdefault(fight[0].target, [NONE] * (LONGEST + 1))
        for length in range(SHORTEST, min(LONGEST, len(fight)) + 1):
            ends = zip(damage, damage[length:], seconds, seconds[length:], strict=False)
            rows[length] = moments_of([(y - y0, x - x0) for y0, y, x0, x in ends], rows[length])
    return {target: [_rate_and_variance(row) for row in rows] for target, rows in sums.items()}


def _rate_and_variance(all_: Moments) -> tuple[float, float]:
    rate = all_.y / all_.x if all_.x else 0.0
    return rate, max(0.0, all_.yy - 2 * rate * all_.xy + rate * rate * all_.xx) / all_.n if all_.n else 0.0


def _running(fight: Sequence[UseRow]) -> Running:
    """Damage and occupied seconds before each use, and at the end."""
    return (
        list(accumulate([use.damage for use in fight], initial=0.0)),
        list(accumulate([use.occupied for use in fight], initial=0.0)),
    )


def _count(
    number: int,
    fight: list[UseRow],
    running: Running,
    names: dict[str, str],
    tallies: dict[str, _Tally],
    usual: float,
    windows: list[tuple[float, float]],
) -> None:
    for use in fight:
        if use.skill not in names:
            names[use.skill] = chr(_FIRST + len(names))
    text = "".join([names[use.skill] for use in fight])
    damage, seconds = running
    misses = list(accumulate([not use.success for use in fight], initial=0))
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
            rate, variance = windows[end - begin]
            tally.alike += x * rate
            tally.variance += variance
            tally.y += y
            tally.x += x
            tally.yy += y * y
            tally.xy += x * y
            tally.xx += x * x
