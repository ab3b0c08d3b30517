"""A session minute by minute, for trends inside it and for alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from combatlens.domain.events import Recorded, XpGain, XpReading
from combatlens.domain.records import Minute, SessionSummary
from combatlens.learning.moments import Moments, moments_of
from combatlens.learning.session_record import MinuteRates
from combatlens.learning.time_use import Span, common, seconds
from combatlens.learning.timeline import Timeline

RATE_BLOCK_S = 300.0
"""XP comes in lumps: minutes are gathered to blocks of this many active seconds before they count as independent."""


def minute_rates(
    minutes: Sequence[Minute], summary: SessionSummary, events: Sequence[Recorded], line: Timeline, active: list[Span]
) -> MinuteRates:
    """The rollup's minutes, or where there is none minutes made from the events."""
    rows = minutes or _from_events(summary, events, line, active)
    kept = [minute for minute in rows if minute.active_s > 0.0]
    return MinuteRates(
        start=tuple(minute.start for minute in kept),
        active_s=tuple(minute.active_s for minute in kept),
        xp=tuple(minute.xp for minute in kept),
        damage=tuple(minute.damage for minute in kept),
        uses=tuple(minute.uses for minute in kept),
    )


def rate_moments(amounts: Sequence[float], active_s: Sequence[float]) -> Moments:
    """Amount over active seconds in blocks of RATE_BLOCK_S; a rest shorter than half a block joins the last one."""
    blocks: list[list[float]] = []
    amount = time = 0.0
    for more, span in zip(amounts, active_s, strict=True):
        amount += more
        time += span
        if time >= RATE_BLOCK_S:
            blocks.append([amount, time])
            amount = time = 0.0
    if time > 0.0:
        if blocks and time < RATE_BLOCK_S / 2:
            blocks[-1][0] += amount
            blocks[-1][1] += time
        else:
            blocks.append([amount, time])
    return moments_of((block[0], block[1]) for block in blocks)


def _from_events(
    summary: SessionSummary, events: Sequence[Recorded], line: Timeline, active: list[Span]
) -> list[Minute]:
    if not active:
        return []
    begin = summary.start_time
    xp: defaultdict[int, float] = defaultdict(float)
    damage: defaultdict[int, float] = defaultdict(float)
    uses: defaultdict[int, int] = defaultdict(int)
    for use in line.uses:
        minute = int((use.at - begin) // 60)
        damage[minute] += use.damage
        uses[minute] += 1
    for at, gain in _gains(summary, events):
        xp[int((at - begin) // 60)] += gain
    count = int((active[-1][1] - begin) // 60) + 1
    spans = [seconds(common(active, [(begin + 60 * i, begin + 60 * (i + 1))])) for i in range(count)]
    return [
        Minute(start=begin + 60 * i, active_s=span, xp=xp[i], damage=damage[i], uses=uses[i])
        for i, span in enumerate(spans)
    ]


def _gains(summary: SessionSummary, events: Sequence[Recorded]) -> list[tuple[float, float]]:
    """(time, XP): rises of the counter where it was read, else what the events name."""
    if summary.xp.observed <= 0:
        named = [(record.at, getattr(record.event, "xp", 0.0) or 0.0) for record in events]
        gained = [(record.at, getattr(record.event, "amount", 0.0) or 0.0) for record in events if _is_gain(record)]
        return [pair for pair in named + gained if pair[1] > 0]
    gains: list[tuple[float, float]] = []
    last: float | None = None
    for record in events:
        if isinstance(record.event, XpReading) and record.event.value is not None:
            value = record.event.value
            if last is not None and value > last:
                gains.append((record.at, value - last))
            last = value
    return gains


def _is_gain(record: Recorded) -> bool:
    return isinstance(record.event, XpGain)
