"""A session minute by minute, for trends inside it and for alerts."""

from __future__ import annotations

from collections.abc import Sequence

from combatlens.domain.records import Minute
from combatlens.learning.live.cusum import Baseline, baseline_of
from combatlens.learning.moments import Moments, moments_of
from combatlens.learning.replay import Replay
from combatlens.learning.session_record import MinuteRates

RATE_BLOCK_S = 300.0
"""XP comes in lumps: minutes are gathered to blocks of this many active seconds before they count as independent."""

MINUTE_S = 60.0
LEAST_FIGHT_S = 10.0
"""A minute with less fighting says nothing about damage per second."""

LEAST_ACTIVE_S = 45.0

Rates = list[tuple[float, float]]
"""(start of the minute, rate)."""


def minute_rates(minutes: Sequence[Minute], line: Replay) -> MinuteRates:
    """The minutes in which anything was active, as columns."""
    kept = [minute for minute in minutes if minute.active_s > 0.0]
    number = {minute.start: i for i, minute in enumerate(kept)}
    fight_s, successes = [0.0] * len(kept), [0] * len(kept)
    for start, end in line.fights:
        edge = start // MINUTE_S * MINUTE_S
        while edge < end:
            i = number.get(edge)
            if i is not None:
                fight_s[i] += min(end, edge + MINUTE_S) - max(start, edge)
            edge += MINUTE_S
    for use in line.uses:
        i = number.get(use.at // MINUTE_S * MINUTE_S)
        if i is not None and use.success:
            successes[i] += 1
    return MinuteRates(
        start=tuple(minute.start for minute in kept),
        active_s=tuple(minute.active_s for minute in kept),
        xp=tuple(minute.xp for minute in kept),
        damage=tuple(minute.damage for minute in kept),
        fight_s=tuple(fight_s),
        uses=tuple(minute.uses for minute in kept),
        successes=tuple(successes),
    )


def xp_minutes(rates: MinuteRates) -> Rates:
    """XP a minute, of minutes that were active to the most part."""
    return [
        (start, MINUTE_S * xp / active)
        for start, xp, active in zip(rates.start, rates.xp, rates.active_s, strict=True)
        if active >= LEAST_ACTIVE_S
    ]


def dps_minutes(rates: MinuteRates) -> Rates:
    """Damage per second of fighting, of minutes with enough of it."""
    return [
        (start, damage / fought)
        for start, damage, fought in zip(rates.start, rates.damage, rates.fight_s, strict=True)
        if fought >= LEAST_FIGHT_S
    ]


def success_minutes(rates: MinuteRates) -> list[tuple[float, float, float]]:
    """(start of the minute, successes, uses) of minutes with uses."""
    return [
        (start, float(successes), float(uses))
        for start, successes, uses in zip(rates.start, rates.successes, rates.uses, strict=True)
        if uses
    ]


def usual_success(rates: MinuteRates) -> Baseline:
    """Uses as the number, successes as the total."""
    return Baseline(float(sum(rates.uses)), float(sum(rates.successes)))


def usual(rates: Rates) -> Baseline:
    return baseline_of([rate for _, rate in rates])


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
