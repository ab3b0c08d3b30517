"""What is kept of a session for learning: small, versioned, and enough for every statistic across sessions."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from combatlens.learning.live.cusum import Baseline
from combatlens.learning.moments import Moments

STATS_VERSION = 6
"""Raised whenever `SessionStats` changes its meaning: the store then makes them anew from the events."""


class SkillStats(Struct, frozen=True, kw_only=True, gc=False):
    """One skill in one session. Blocks are fights: uses within one are not independent of each other.

    `cast_s`: the lower fifth of the times until the next use, seconds; `gaps`: the smallest gaps between
    its uses, ascending, seconds; `lost_s`: occupied seconds of the misses. `taken`, `passed`: how often its turn came
    and it was used, or passed over (see `turns`). `hit_damage`: of a hit on a target that has it left (see `blows`).
    """

    uses: int = 0
    successes: int = 0
    damage: float = 0.0
    xp: float = 0.0
    occupied_s: float = 0.0
    lost_s: float = 0.0
    cast_s: float | None = None
    gaps: tuple[float, ...] = ()
    taken: int = 0
    passed: int = 0
    hit_damage: float | None = None
    damage_per_use: Moments = Moments()
    damage_per_second: Moments = Moments()
    xp_per_use: Moments = Moments()
    xp_per_second: Moments = Moments()


class TargetStats(Struct, frozen=True, kw_only=True, gc=False):
    """One kind of target in one session. `cycle`: XP over seconds from the end of one fight to the end of the next,
    the search for the target included; a fight that it won brings nothing, and lasts until the next thing is done.
    `time_to_kill`: seconds over kills, a block a kill. `killed_by`: seconds of the fight until each death (y) and from
    there to the next thing done (x)."""

    kills: int = 0
    deaths: int = 0
    damage: float = 0.0
    xp: float = 0.0
    cycle: Moments = Moments()
    time_to_kill: Moments = Moments()
    killed_by: Moments = Moments()


class ZoneStats(Struct, frozen=True, kw_only=True, gc=False):
    kills: int = 0
    deaths: int = 0
    xp: float = 0.0
    active_s: float = 0.0


class Gram(Struct, frozen=True, kw_only=True, gc=False):
    """A sequence of skills inside fights. `count`: how often, occurrences not overlapping; `clean`: how often every
    use of it succeeded; `rate`: damage over occupied seconds, a block an occurrence; `expected`: what all uses at
    the same targets would have done in these seconds; `alike`: what all sequences of its length would have done,
    with `variance`."""

    skills: tuple[str, ...]
    count: int
    clean: int
    expected: float
    alike: float
    variance: float
    rate: Moments


class Circumstances(Struct, frozen=True, kw_only=True):
    """What held for most of the session; None where nothing was said. `said`: tags that only came with a rating: an
    opinion of how it went, and so no cause of it."""

    build: str | None = None
    weapon: str | None = None
    mode: str | None = None
    zone: str | None = None
    boost: str | None = None
    party_size: int | None = None
    level: int | None = None
    tags: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class TimeUse(Struct, frozen=True, kw_only=True, gc=False):
    """Seconds; together they are the session's active time."""

    fighting: float = 0.0
    looting: float = 0.0
    travelling: float = 0.0
    healing: float = 0.0
    other: float = 0.0
    dead: float = 0.0
    idle: float = 0.0


class MinuteRates(Struct, frozen=True, kw_only=True, gc=False):
    """The minutes of the session that were active at all: amounts, and seconds active and in encounters."""

    start: tuple[float, ...] = ()
    active_s: tuple[float, ...] = ()
    xp: tuple[float, ...] = ()
    damage: tuple[float, ...] = ()
    fight_s: tuple[float, ...] = ()
    uses: tuple[int, ...] = ()
    successes: tuple[int, ...] = ()


class SessionStats(Struct, frozen=True, kw_only=True):
    """Everything the learner keeps of one session. Times Unix seconds, durations seconds."""

    version: int = STATS_VERSION
    session_id: str
    profile: str = ""
    character: str = ""
    start: float
    end: float
    active_s: float
    xp: float
    damage: float
    kills: int
    deaths: int
    profit: float | None = None
    encounter_s: float = 0.0
    resolution: float = 0.0
    uses: int = 0
    successes: int = 0
    rating: float | None = None
    circumstances: Circumstances = Circumstances()
    xp_rate: Moments = Moments()
    damage_rate: Moments = Moments()
    skills: dict[str, SkillStats] = {}
    targets: dict[str, TargetStats] = {}
    zones: dict[str, ZoneStats] = {}
    grams: tuple[Gram, ...] = ()
    time_use: TimeUse = TimeUse()
    minutes: MinuteRates = MinuteRates()
    usual_xp: Baseline = Baseline()
    usual_dps: Baseline = Baseline()
    usual_success: Baseline = Baseline()
    """What a minute is usually like, for the alerts: XP a minute, damage per second of fighting, rate of success."""

    death_streak: tuple[float, ...] = ()
    """The longest run of deaths without a kill between them."""

    decisions: tuple[tuple[str, str, float], ...] = ()
    """(recommendation, decision, Unix seconds), in order."""


def encode_stats(stats: SessionStats) -> bytes:
    return msgspec.msgpack.encode(stats)


def decode_stats(raw: bytes) -> SessionStats | None:
    """None where the statistics are of another version, and must be made anew."""
    try:
        stats = msgspec.msgpack.decode(raw, type=SessionStats)
    except msgspec.MsgspecError:
        return None
    return stats if stats.version == STATS_VERSION else None
