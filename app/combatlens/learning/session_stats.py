"""A session's events -> `SessionStats`: made once when the session ends, kept by the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import pairwise

from combatlens.domain.events import Context, Feedback, Recorded, SessionOp, XpReading
from combatlens.domain.fold import FoldRules
from combatlens.domain.occupied import occupied_seconds
from combatlens.domain.records import SessionSummary, SkillTotals
from combatlens.learning.blows import hit_damage
from combatlens.learning.grams import grams
from combatlens.learning.minutes import dps_minutes, minute_rates, rate_moments, usual, usual_success, xp_minutes
from combatlens.learning.moments import Moments, moments_of
from combatlens.learning.replay import Replay, UseRow, replay
from combatlens.learning.session_record import Circumstances, SessionStats, SkillStats, ZoneStats
from combatlens.learning.target_stats import target_stats
from combatlens.learning.time_use import time_use
from combatlens.learning.turns import turns

USUAL_RULES = FoldRules()
GAPS_KEPT = 12
CAST_QUANTILE = 0.2
AT_ONCE_S = 0.5
"""A use that follows another within this time did not wait for it to end."""


def session_stats(summary: SessionSummary, events: Iterable[Recorded], rules: FoldRules = USUAL_RULES) -> SessionStats:
    """What the learner keeps of a session.

    `events`: the effective ones (links between sources resolved), sorted by (`at`, `seq`); they are gone through more
    than once. `rules`: those of the session's profile. Totals are the summary's, so that learner and history never
    disagree; spreads are the events'.
    """
    line, minutes = replay(events, summary.start_time, summary.character, rules)
    for use, taken in zip(line.uses, occupied_seconds(line.uses), strict=True):
        use.occupied = taken
    active_s = summary.active_minutes * 60.0
    rates = minute_rates(minutes, line)
    end = summary.end_time
    if end is None:
        end = max((record.at for record in events), default=summary.start_time)
    casts = _casts(line.uses)
    skills = _skills(summary, line, casts)
    return SessionStats(
        session_id=summary.session_id,
        profile=summary.profile,
        character=summary.character,
        start=summary.start_time,
        end=end,
        active_s=active_s,
        xp=summary.total_xp_gained,
        damage=summary.total_damage_dealt,
        kills=summary.kills,
        deaths=summary.deaths,
        profit=summary.loot_value - summary.spent if summary.loot_value or summary.spent else None,
        encounter_s=summary.encounter_s,
        resolution=line.resolution,
        uses=sum(skill.uses for skill in skills.values()),
        successes=sum(skill.successes for skill in skills.values()),
        rating=summary.rating,
        circumstances=_circumstances(summary, line.naming, end),
        xp_rate=rate_moments(rates.xp, rates.active_s).with_total(summary.total_xp_gained),
        damage_rate=_fight_moments(line, casts),
        skills=skills,
        targets=target_stats(summary, line),
        zones=_zones(summary),
        grams=grams(line.uses),
        time_use=time_use(line, active_s),
        minutes=rates,
        usual_xp=usual(xp_minutes(rates)),
        usual_dps=usual(dps_minutes(rates)),
        usual_success=usual_success(rates),
        death_streak=_death_streak(line),
        decisions=tuple(line.decisions),
    )


def _skills(summary: SessionSummary, line: Replay, casts: dict[str, float]) -> dict[str, SkillStats]:
    by_skill: defaultdict[str, list[UseRow]] = defaultdict(list)
    blocks: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
    for use in line.uses:
        by_skill[use.skill].append(use)
        own = blocks[use.skill]
        block = own.get(use.block)
        if block is None:
            block = own[use.block] = [0.0, 0.0, 0.0, 0.0]
        block[0] += 1.0
        block[1] += use.damage
        block[2] += use.occupied
    for (number, skill), damage in line.extra.items():
        blocks[skill].setdefault(number, [0.0, 0.0, 0.0, 0.0])[1] += damage
    for (number, skill), xp in line.block_xp.items():
        blocks[skill].setdefault(number, [0.0, 0.0, 0.0, 0.0])[3] += xp
    names = sorted(by_skill.keys() | summary.skills.keys())
    in_turn, hits = turns(line.uses), hit_damage(line.uses)
    return {
        name: _skill(
            summary.skills.get(name), by_skill[name], list(blocks[name].values()), casts.get(name),
            in_turn.get(name, (0, 0)), hits.get(name),
        )
        for name in names
    }  # fmt: skip


def _skill(
    told: SkillTotals | None,
    rows: list[UseRow],
    blocks: list[list[float]],
    cast_s: float | None,
    in_turn: tuple[int, int],
    hit: float | None,
) -> SkillStats:
    if told is None:
        told = SkillTotals(
            usage_count=len(rows),
            successes=sum(row.success for row in rows),
            total_damage=sum(block[1] for block in blocks),
            xp=sum(block[3] for block in blocks),
            occupied_s=sum(row.occupied for row in rows),
        )
    per_use, per_second, xp_per_use, xp_per_second = _block_moments(blocks)
    gaps = [later.at - earlier.at for earlier, later in pairwise(row for row in rows if not row.refused)]
    return SkillStats(
        uses=told.usage_count,
        successes=told.successes,
        damage=told.total_damage,
        xp=told.xp,
        occupied_s=told.occupied_s,
        lost_s=sum(row.occupied for row in rows if not row.success),
        cast_s=cast_s,
        gaps=tuple(round(gap, 6) for gap in nsmallest(GAPS_KEPT, (gap for gap in gaps if gap > 0))),
        taken=in_turn[0],
        passed=in_turn[1],
        hit_damage=hit,
        damage_per_use=per_use.with_total(told.total_damage),
        damage_per_second=per_second.with_total(told.total_damage),
        xp_per_use=xp_per_use.with_total(told.xp),
        xp_per_second=xp_per_second.with_total(told.xp),
    )


def _block_moments(blocks: Sequence[Sequence[float]]) -> tuple[Moments, Moments, Moments, Moments]:
    """Of blocks (uses, damage, seconds, XP): damage a use, damage a second, XP a use, XP a second; `moments_of` all."""
    n = len(blocks)
    u = d = s = x = uu = dd = ss = xx = du = ds = xu = xs = 0.0
    for uses, damage, seconds, xp in blocks:
        u += uses
        d += damage
        s += seconds
        x += xp
        uu += uses * uses
        dd += damage * damage
        ss += seconds * seconds
        xx += xp * xp
        du += damage * uses
        ds += damage * seconds
        xu += xp * uses
        xs += xp * seconds
    return (
        Moments(n, d, u, dd, du, uu), Moments(n, d, s, dd, ds, ss), Moments(n, x, u, xx, xu, uu),
        Moments(n, x, s, xx, xs, ss),
    )  # fmt: skip


def _casts(uses: Sequence[UseRow]) -> dict[str, float]:
    """For each skill the lower fifth of its times to the next use: waits for a cooldown are not its doing.

    What is used beside others is passed over, or they would look faster than they are. After a kill comes the way to
    the next target: such times count only for a skill that has no others.
    """
    told: defaultdict[str, list[float]] = defaultdict(list)
    before_kills: defaultdict[str, list[float]] = defaultdict(list)
    beside = _beside(uses)
    following: UseRow | None = None
    for use in reversed(uses):
        if following is None:
            pass  # the last one tells nothing
        elif use.duration_ms is not None:
            told[use.skill].append(use.duration_ms / 1000.0)
        elif use.encounter >= 0 and use.encounter == following.encounter and following.at > use.at:
            (before_kills if use.killed else told)[use.skill].append(following.at - use.at)
        if use.skill not in beside:
            following = use
    return {skill: _lower_fifth(times) for skill, times in (before_kills | told).items()}


def _beside(uses: Sequence[UseRow]) -> set[str]:
    """Skills without damage that wait for no other to end, such as a buff that takes no time of its own."""
    since: defaultdict[str, list[float]] = defaultdict(list)
    harmful = {use.skill for use in uses if use.damage > 0}
    for before, use in pairwise(uses):
        if use.skill not in harmful and use.encounter >= 0 and use.encounter == before.encounter:
            since[use.skill].append(use.at - before.at)
    return {skill for skill, times in since.items() if _lower_fifth(times) < AT_ONCE_S}


def _lower_fifth(times: list[float]) -> float:
    return sorted(times)[int(CAST_QUANTILE * len(times))]


def _fight_moments(line: Replay, casts: dict[str, float]) -> Moments:
    """Own damage over seconds of fighting, a block each fight: from its first use to the end of its last one's cast.

    Unlike occupied time this leaves out the way to the next target, so that it can be held against a rotation.
    """
    blocks: dict[int, list[float]] = {}
    for use in line.uses:
        if use.encounter >= 0:
            ends = use.at + casts.get(use.skill, use.occupied)
            block = blocks.setdefault(use.block, [0.0, use.at, ends])
            block[0] += use.damage
            block[2] = max(block[2], ends)
    for (number, _), damage in line.extra.items():
        if number in blocks:
            blocks[number][0] += damage
    return moments_of((damage, end - start) for damage, start, end in blocks.values())


def _death_streak(line: Replay) -> tuple[float, ...]:
    """The longest run of deaths without a kill between them, Unix seconds."""
    longest: list[float] = []
    run: list[float] = []
    for at, died in sorted([(death.at, True) for death in line.deaths] + [(kill.at, False) for kill in line.kills]):
        run = [*run, at] if died else []
        longest = max(longest, run, key=len)
    return tuple(longest)


def _zones(summary: SessionSummary) -> dict[str, ZoneStats]:
    deaths: defaultdict[str, int] = defaultdict(int)
    for death in summary.deaths_detail:
        deaths[death.zone or ""] += 1
    return {
        name: ZoneStats(kills=zone.kills, deaths=deaths[name], xp=zone.xp, active_s=zone.active_minutes * 60.0)
        for name, zone in sorted(summary.zones.items())
    }


def _circumstances(summary: SessionSummary, naming: Sequence[Recorded], end: float) -> Circumstances:
    """For each thing the context names, the value that held longest."""
    since: dict[str, tuple[object, float]] = {}
    named: set[str] = set()
    said: set[str] = set()
    held: defaultdict[str, defaultdict[object, float]] = defaultdict(lambda: defaultdict(float))

    def say(field: str, value: object, at: float) -> None:
        if value is None:
            return
        if field in since:
            old, began = since[field]
            held[field][old] += at - began
        since[field] = (value, at)

    for record in naming:
        event = record.event
        if isinstance(event, Context):
            for field in ("build", "weapon", "mode", "zone", "level", "boost", "party_size"):
                say(field, getattr(event, field), record.at)
            named.update(event.tags or ())
        elif isinstance(event, Feedback):
            said.update(event.tags)
        elif isinstance(event, SessionOp):
            for field in ("build", "mode", "zone"):
                say(field, getattr(event, field), record.at)
        elif isinstance(event, XpReading):
            say("level", event.level, record.at)
    for field, (value, began) in since.items():
        held[field][value] += max(end - began, 0.0)

    def longest(field: str) -> object:
        values = held.get(field)
        return max(values, key=lambda value: values[value]) if values else None

    boost, level, party = longest("boost"), longest("level"), longest("party_size")
    return Circumstances(
        build=summary.build or _text(longest("build")),
        weapon=_text(longest("weapon")),
        mode=summary.mode or _text(longest("mode")),
        zone=_text(longest("zone")) or summary.zone,
        boost=None if boost in (None, False, 0, 1, "") else _text(boost),
        party_size=party if isinstance(party, int) else None,
        level=level if isinstance(level, int) else summary.level,
        tags=tuple(sorted(set(summary.tags) - said | named)),
        said=tuple(sorted(said - named)),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
