"""Where the time goes: every active second is exactly one of seven things (METRICS, `time_use`)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from combatlens.domain.events import Recorded, SessionOp
from combatlens.domain.records import SessionSummary
from combatlens.learning.session_record import TimeUse
from combatlens.learning.timeline import Timeline

Span = tuple[float, float]

_KINDS = (
    ("looting", re.compile(r"loot|harvest|skin|gather|pick.?up|mine|mining", re.IGNORECASE)),
    ("healing", re.compile(r"heal|rest|medit|bandage|cure|eat|drink|recover|regen|potion|revive", re.IGNORECASE)),
    ("travelling", re.compile(r"travel|move|walk|ride|run|mount|fly|path|navig|go.?to|teleport", re.IGNORECASE)),
)


def kind_of_action(name: str) -> str:
    """looting, healing, travelling or other, by the words in an action's name."""
    return next((kind for kind, pattern in _KINDS if pattern.search(name)), "other")


def active_spans(summary: SessionSummary, events: Sequence[Recorded]) -> list[Span]:
    """The session's time without its pauses and idle gaps, as sorted spans in Unix seconds."""
    end = summary.end_time if summary.end_time is not None else summary.start_time + summary.elapsed_minutes * 60
    pauses: list[Span] = [(gap.start, gap.end) for gap in summary.idle_gaps]
    reasons: dict[str, float] = {}
    for record in events:
        event = record.event
        if isinstance(event, SessionOp):
            if event.op == "pause":
                reasons.setdefault(event.reason or "user", record.at)
            elif event.op == "resume":
                names = [event.reason] if event.reason in reasons else list(reasons)
                pauses.extend((reasons.pop(name or ""), record.at) for name in names)
    pauses.extend((since, end) for since in reasons.values())
    return without([(summary.start_time, end)], pauses)


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


def seconds(spans: Sequence[Span]) -> float:
    return sum(end - start for start, end in spans)


def time_use(active: Sequence[Span], line: Timeline, active_s: float) -> TimeUse:
    """Split the active time (METRICS, `time_use`); `active_s` is the total that the parts add up to.

    Where two things overlap the first of these counts: fighting, dead (a death to the next thing done),
    then the actions in the order looting, travelling, healing, other. What is left is idle.
    """
    tails = [(use.at, use.at + use.occupied) for use in line.uses if use.encounter >= 0]
    own = sorted(line.own_times)
    end = active[-1][1] if active else 0.0
    dead = [(at, own[i] if (i := bisect_right(own, at)) < len(own) else end) for at in line.deaths]
    kinds: dict[str, list[Span]] = {"looting": [], "travelling": [], "healing": [], "other": []}
    for at, name, length in line.actions:
        kinds[kind_of_action(name)].append((at, at + length))
    parts: dict[str, float] = {}
    fights = [(start, stop) for start, stop in line.encounters] + _before_death(tails, line.deaths)
    rest = list(active)
    for kind, spans in [("fighting", fights), ("dead", dead), *kinds.items()]:
        taken = common(rest, union(spans))
        parts[kind] = seconds(taken)
        rest = without(rest, taken)
    used = sum(parts.values())
    if used > active_s > 0:
        parts = {kind: value * active_s / used for kind, value in parts.items()}
        used = active_s
    return TimeUse(idle=max(0.0, active_s - used), **parts)


def _before_death(tails: list[Span], deaths: Sequence[float]) -> list[Span]:
    """The last use of an encounter still counts as fighting, unless a death cut it short."""
    stops = sorted(deaths)
    cut = []
    for start, stop in tails:
        i = bisect_right(stops, start)
        cut.append((start, min(stop, stops[i])) if i < len(stops) else (start, stop))
    return cut
