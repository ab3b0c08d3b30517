"""Where the time goes: every active second is exactly one of seven things (METRICS, `time_use`)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from combatlens.learning.replay import Replay, Span
from combatlens.learning.session_record import TimeUse

_KINDS = (
    ("looting", re.compile(r"loot|harvest|skin|gather|pick.?up|mine|mining", re.IGNORECASE)),
    ("healing", re.compile(r"heal|rest|medit|bandage|cure|eat|drink|recover|regen|potion|revive", re.IGNORECASE)),
    ("travelling", re.compile(r"travel|move|walk|ride|run|mount|fly|path|navig|go.?to|teleport", re.IGNORECASE)),
)


def kind_of_action(name: str) -> str:
    """looting, healing, travelling or other, by the words in an action's name."""
    return next((kind for kind, pattern in _KINDS if pattern.search(name)), "other")


def without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """`spans` (sorted, apart) less `holes` (any order)."""
    edges = [float("-inf")]
    for low, high in union(holes):
        edges.extend((low, high))
    edges.append(float("inf"))
    return common(spans, list(zip(edges[::2], edges[1::2], strict=True)))


def union(spans: Sequence[Span]) -> list[Span]:
    """The same time as sorted spans that do not touch."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The time in both; each sorted and apart."""
    both: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        low, high = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if high > low:
            both.append((low, high))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return both


def active_clock(spans: Sequence[Span]) -> Callable[[float], float]:
    """A function from Unix seconds to the seconds of `spans` (sorted, apart) that have passed until then."""
    starts = [start for start, _ in spans]
    passed = [0.0, *accumulate(end - start for start, end in spans)]

    def until(at: float) -> float:
        i = bisect_right(starts, at)
        return 0.0 if i == 0 else passed[i - 1] + min(at, spans[i - 1][1]) - starts[i - 1]

    return until


def seconds(spans: Sequence[Span]) -> float:
    return sum(end - start for start, end in spans)


def back_from_death(line: Replay) -> list[float]:
    """When the next thing was done after each death, Unix seconds; the end of the active time where nothing was."""
    if not line.deaths:
        return []
    own = sorted([use.at for use in line.uses] + [at for at, _, _ in line.actions])
    end = line.active[-1][1] if line.active else line.deaths[-1].at
    return [own[i] if (i := bisect_right(own, death.at)) < len(own) else max(end, death.at) for death in line.deaths]


def time_use(line: Replay, active_s: float) -> TimeUse:
    """Split the active time (METRICS, `time_use`); `active_s` is the total that the parts add up to.

    Where two things overlap the first of these counts: fighting, dead (a death to the next thing done),
    then the actions (told when they end) in the order looting, travelling, healing, other. What is left is idle.
    """
    dead = [(death.at, back) for death, back in zip(line.deaths, back_from_death(line), strict=True)]
    kinds: dict[str, list[Span]] = {"looting": [], "travelling": [], "healing": [], "other": []}
    known: dict[str, list[Span]] = {}
    for at, name, length in line.actions:
        spans = known.get(name)
        if spans is None:
            spans = known[name] = kinds[kind_of_action(name)]
        spans.append((at - length, at))
    parts: dict[str, float] = {}
    rest: list[Span] = list(line.active)
    for kind, spans in [("fighting", line.fights), ("dead", dead), *kinds.items()]:
        taken = common(rest, union(spans))
        parts[kind] = seconds(taken)
        rest = without(rest, taken)
    used = sum(parts.values())
    if used > active_s > 0:
        parts = {kind: value * active_s / used for kind, value in parts.items()}
    return TimeUse(idle=max(0.0, active_s - used), **parts)
