"""When the events of an import were, and which sessions they are in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import inf
from operator import itemgetter

from combatlens.domain.events import Event
from combatlens.ports import SessionHead

Span = tuple[float, float]
"""First and last moment of a run of events, Unix seconds."""

SPAN_GAP_S = 10.0
"""Events that follow one another within this are one span: a session that lay wholly between two would be shorter."""


def spans_of(events: Iterable[Event], times: Iterable[float]) -> dict[str, list[Span]]:
    """When whose events were; "" stands for those that name no character."""
    found: dict[str, list[Span]] = {}
    name, first, last = "", inf, -inf
    for event, at in zip(events, times, strict=True):
        character = event.character or ""
        if at == last and character == name:
            continue
        if character != name or not first - SPAN_GAP_S <= at <= last + SPAN_GAP_S:
            if first <= last:
                found.setdefault(name, []).append((first, last))
            name, first, last = character, at, at
        elif at > last:
            last = at
        elif at < first:
            first = at
    if first <= last:
        found.setdefault(name, []).append((first, last))
    return found


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that follow one another closely as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + SPAN_GAP_S:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def sessions_of(spans: Sequence[Span], heads: Iterable[SessionHead]) -> list[str]:
    """The ids of those sessions of a character that hold any event of its `spans`."""
    found = []
    for head in heads:
        index = bisect_left(spans, head.start, key=itemgetter(1))
        if index < len(spans) and spans[index][0] <= max(head.last, head.end or head.last):
            found.append(head.session_id)
    return found
