"""What a session tells besides fighting: its actions, what its user said and decided, and how its sources kept up.

Made once when a session ends, from its events; the store keeps it as rows, so no analysis has to read events again.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from combatlens.domain.events import Action, Attempt, Decision, Feedback, Recorded, XpReading

SAMPLES = 20_000
"""So many delays of a source are looked at; of more, every n-th."""

LIVE_S = 300.0
"""A source of which more than one event in ten arrived later than this after it happened was imported: what it tells
says nothing about delays."""
CAUGHT_UP_S = 30.0
"""So is what arrived later than this for the most part: it waited in the inbox until CombatLens was started."""

_TELLING = frozenset({Action, Feedback, Decision, Attempt, XpReading})


class ActionTotals(Struct, frozen=True, kw_only=True):
    """`duration_s` is over the `timed` uses, those that named one."""

    uses: int = 0
    successes: int = 0
    duration_s: float = 0.0
    timed: int = 0


class Said(Struct, frozen=True, kw_only=True, gc=False):
    """A feedback (`value`: the rating), a decision (`name`: the recommendation, `text`: what became of it), an attempt
    (`name`: its goal, `value`: 1 for success) or a bot's script (`name`: its kind, `text`: what became of it)."""

    at: float
    kind: Literal["feedback", "decision", "attempt", "script"]
    name: str = ""
    value: float | None = None
    text: str = ""
    tags: tuple[str, ...] = ()
    seconds: float | None = None
    """How long the user took to decide, where it was told."""


class SourceTotals(Struct, frozen=True, kw_only=True):
    """Seconds from happening to arrival, beyond the resolution of the source's time stamps; of readings the mean
    confidence of the reader."""

    events: int = 0
    delay_p50_s: float | None = None
    delay_p95_s: float | None = None
    readings: int = 0
    confidence: float | None = None


class Told(Struct, frozen=True, kw_only=True):
    actions: dict[str, ActionTotals] = {}
    said: tuple[Said, ...] = ()
    sources: dict[str, SourceTotals] = {}


def told(records: Iterable[Recorded]) -> Told:
    """Everything of one session, from its events in order."""
    actions: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    said: list[Said] = []
    delays: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
    sure: defaultdict[str, list[float]] = defaultdict(list)
    for record in records:
        late = record.arrived - record.at - record.resolution
        delays[record.source].append(late if late > 0.0 else 0.0)
        event = record.event
        if type(event) not in _TELLING:
            continue
        if isinstance(event, XpReading):
            if event.confidence is not None:
                sure[record.source].append(event.confidence)
        elif isinstance(event, Action):
            row = actions[event.name]
            row[0] += 1
            row[1] += event.success
            if event.duration_ms is not None:
                row[2] += event.duration_ms / 1000
                row[3] += 1
        elif isinstance(event, Feedback):
            said.append(
                Said(at=record.at, kind="feedback", value=float(event.rating), text=event.text or "", tags=event.tags)
            )
        elif isinstance(event, Decision):
            said.append(Said(at=record.at, kind="decision", name=event.recommendation_id, text=event.decision))
        elif isinstance(event, Attempt):
            said.append(_attempt(record.at, event))
    totals = {
        name: ActionTotals(uses=int(uses), successes=int(good), duration_s=spent, timed=int(timed))
        for name, (uses, good, spent, timed) in actions.items()
    }
    sources = {name: _source(late, sure[name]) for name, late in delays.items()}
    return Told(actions=totals, said=tuple(said), sources=sources)


def _attempt(at: float, event: Attempt) -> Said:
    """A script that a bot was offered is an attempt whose `meta` names its generation_type."""
    meta = event.meta or {}
    if "generation_type" not in meta:
        return Said(at=at, kind="attempt", name=event.goal, value=float(event.success), text=event.error_pattern or "")
    became = "rejected" if not event.success else "modified" if meta.get("modified") else "accepted"
    seconds = meta.get("time_to_accept_s")
    return Said(
        at=at, kind="script", name=str(meta["generation_type"])[:200], value=float(event.success), text=became,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )  # fmt: skip


def _source(delays: array[float], sure: list[float]) -> SourceTotals:
    live = _live(delays)
    return SourceTotals(
        events=len(delays),
        delay_p50_s=_quantile(live, 0.5),
        delay_p95_s=_quantile(live, 0.95),
        readings=len(sure),
        confidence=sum(sure) / len(sure) if sure else None,
    )


def _live(delays: array[float]) -> list[float]:
    """In ascending order; none where they are an import's, or of what waited."""
    ordered = sorted(delays[:: 1 + len(delays) // SAMPLES])
    late = not ordered or ordered[int(0.9 * len(ordered))] > LIVE_S or ordered[len(ordered) // 2] > CAUGHT_UP_S
    return [] if late else ordered


def _quantile(values: list[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None
