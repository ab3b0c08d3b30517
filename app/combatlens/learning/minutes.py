"""A session minute by minute, for trends inside it and for alerts."""

from __future__ import annotations

from collections.abc import Sequence

from combatlens.domain.records import Minute
from combatlens.learning.moments import Moments, moments_of
from combatlens.learning.session_record import MinuteRates

RATE_BLOCK_S = 300.0
"""XP comes in lumps: minutes are gathered to blocks of this many active seconds before they count as independent."""


def minute_rates(minutes: Sequence[Minute]) -> MinuteRates:
    """The minutes in which anything was active, as columns."""
    kept = [minute for minute in minutes if minute.active_s > 0.0]
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
