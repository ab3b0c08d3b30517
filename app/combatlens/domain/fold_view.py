"""The frozen images of a fold: the live Snapshot and the session's summary and detail."""

from __future__ import annotations

from typing import get_args

from msgspec import structs

from combatlens.domain.fold import SessionFold
from combatlens.domain.records import SessionDetail, SessionSummary
from combatlens.domain.snapshot import PauseReason, SkillLine, Snapshot, State

RATE_FLOOR_S = 60.0
"""A rate per hour is never taken over less than this: the first seconds would say anything."""

WINDOW_S = 600.0
"""The rolling window of the live rate."""

SERIES_POINTS = 180


def per_hour(amount: float, seconds: float) -> float | None:
    """`amount` an hour over `seconds` of time, at least RATE_FLOOR_S; None before any time has passed."""
    return amount * 3600.0 / max(seconds, RATE_FLOOR_S) if seconds > 0 else None


def window_rate(fold: SessionFold, active_s: float, window_s: float = WINDOW_S) -> float | None:
    """XP per hour over the last `window_s` of active time."""
    since = active_s - window_s
    gained = 0.0
    for index in range(len(fold.xp_times) - 1, -1, -1):
        if fold.xp_times[index] <= since and since > 0:
            break
        gained += fold.xp_amounts[index]
    return per_hour(gained, min(active_s, window_s))


def series(fold: SessionFold) -> tuple[tuple[float, float], ...]:
    """(active seconds since the start, XP per hour over the window then), a point a minute, newest last."""
    minutes = fold.timeline.minutes
    total = sum(minute.active_s for minute in minutes)
    kept = minutes[-(SERIES_POINTS + int(WINDOW_S // 60)) :]
    active = total - sum(minute.active_s for minute in kept)
    begun = active
    points: list[tuple[float, float]] = []
    trail: list[tuple[float, float]] = []
    for minute in kept:
        active += minute.active_s
        trail.append((minute.active_s, minute.xp))
        while len(trail) > 1 and sum(seconds for seconds, _ in trail[1:]) >= WINDOW_S:
            del trail[0]
        seconds = sum(part for part, _ in trail)
        if active - begun >= RATE_FLOOR_S / 2 or begun > 0:
            points.append((active, sum(xp for _, xp in trail) * 3600.0 / max(seconds, RATE_FLOOR_S)))
    return tuple(points[-SERIES_POINTS:])


def skill_lines(fold: SessionFold, count: int = 12) -> tuple[SkillLine, ...]:
    """The skills that did most damage, then the most used."""
    ranked = sorted(fold.skills.tallies.items(), key=lambda item: (-item[1].damage, -item[1].uses, item[0]))
    whole = fold.own_damage or 1.0
    return tuple(
        SkillLine(
            name,
            tally.uses,
            tally.damage,
            tally.damage / whole,
            tally.successes / tally.uses if tally.uses else 0.0,
            tally.xp,
        )
        for name, tally in ranked[:count]
    )


def state_of(fold: SessionFold, now: float) -> tuple[State, tuple[PauseReason, ...]]:
    if fold.ended_at is not None:
        return "completed", ()
    idle = fold.timeline.idle_since(now) is not None
    reasons = tuple(reason for reason in get_args(PauseReason) if reason in fold.timeline.reasons)
    if idle:
        reasons = ("idle",)
    return ("paused", reasons) if reasons else ("active", ())


def snapshot(fold: SessionFold, session_id: str, profile: str, now: float) -> Snapshot:
    """The live picture at `now` (Unix seconds)."""
    state, reasons = state_of(fold, now)
    until = fold.ended_at if fold.ended_at is not None else max(now, fold.timeline.last)
    active = fold.timeline.active_s if fold.ended_at is not None else fold.timeline.active_at(until)
    reading = fold.ledger.previous
    rate = window_rate(fold, active)
    missing = reading.need - reading.value if reading and reading.need and reading.value is not None else None
    current = fold.encounters.current
    fight_s = current.end - current.start if current else 0.0
    return Snapshot(
        character=fold.character, profile=profile, session_id=session_id, state=state, pause_reasons=reasons, at=now,
        started_at=fold.timeline.start, last_event_at=fold.timeline.last, active_s=active,
        elapsed_s=until - fold.timeline.start, events=fold.events,
        xp_gained=fold.ledger.total, xp_observed=fold.ledger.observed, xp_attributed=fold.ledger.attributed,
        xp_unexplained=fold.ledger.unexplained, xp_lost=fold.ledger.lost,
        levels_gained=fold.ledger.levels_seen or fold.ledger.levels_named,
        xp_per_hour=per_hour(fold.ledger.total, active), xp_per_hour_window=rate,
        level=fold.level, xp_value=reading.value if reading else None, xp_needed=reading.need if reading else None,
        xp_percent=reading.percent if reading else None,
        time_to_level_s=missing * 3600.0 / rate if missing is not None and missing >= 0 and rate else None,
        kills=fold.kills, deaths=fold.deaths, kd_ratio=fold.kills / fold.deaths if fold.deaths else None,
        damage_dealt=fold.own_damage + fold.pet_damage, damage_taken=fold.damage_taken, healing=fold.healing,
        dps=_dps(fold), dps_window=current.damage / fight_s if current and fight_s > 0 else None,
        loot_value=fold.loot_value, spent=fold.spent, profit_per_hour=per_hour(fold.loot_value - fold.spent, active),
        mode=fold.mode, build=fold.build, zone=fold.zone, target=fold.target, skills=skill_lines(fold),
        series=series(fold),
    )  # fmt: skip


def _dps(fold: SessionFold) -> float | None:
    seconds = fold.encounters.seconds
    return (fold.own_damage + fold.pet_damage) / seconds if seconds > 0 else None


def summary(fold: SessionFold, session_id: str, profile: str, state: State, end: float | None) -> SessionSummary:
    """The session as history, files and `--json` show it. `end`: Unix seconds, None while it goes on."""
    return structs.replace(
        head(fold, session_id, profile, state, end),
        skills=fold.skills.frozen(),
        targets={name: row.frozen() for name, row in fold.targets.items()},
        zones={name: row.frozen() for name, row in fold.zones.items()},
        actors={name: row.frozen() for name, row in fold.actors.items()},
    )


def head(fold: SessionFold, session_id: str, profile: str, state: State, end: float | None) -> SessionSummary:
    """The summary without its tables: cheap enough for every commit."""
    timeline, ledger = fold.timeline, fold.ledger
    until = end if end is not None else timeline.last
    active, elapsed = timeline.active_s, until - timeline.start
    seconds = fold.encounters.seconds
    return SessionSummary(
        session_id=session_id, start_time=timeline.start, end_time=end, duration_minutes=active / 60.0, state=state,
        total_xp_gained=ledger.total, total_damage_dealt=fold.own_damage + fold.pet_damage, kills=fold.kills,
        deaths=fold.deaths, profile=profile, character=fold.character, mode=fold.mode,
        build=fold.build, zone=fold.zone, active_minutes=active / 60.0, elapsed_minutes=elapsed / 60.0,
        idle_gaps=tuple(timeline.gaps), start_xp=fold.first_value,
        current_xp=ledger.previous.value if ledger.previous else None, level=fold.level, xp=ledger.totals(),
        xp_per_hour=per_hour(ledger.total, active), xp_per_hour_elapsed=per_hour(ledger.total, elapsed),
        own_damage=fold.own_damage, pet_damage=fold.pet_damage, self_damage=fold.self_damage,
        total_damage_taken=fold.damage_taken, total_healing=fold.healing, dps=_dps(fold), encounter_s=seconds,
        kills_by_pet=fold.kills_by_pet, kills_witnessed=fold.kills_witnessed, level_ups=tuple(fold.level_ups),
        deaths_detail=tuple(fold.deaths_detail), loot_value=fold.loot_value, spent=fold.spent,
        profit_per_hour=per_hour(fold.loot_value - fold.spent, active),
        rating=sum(fold.ratings) / len(fold.ratings) if fold.ratings else None, notes=fold.notes,
        tags=tuple(fold.tags), events=fold.events,
    )  # fmt: skip


def detail(fold: SessionFold, session_id: str, profile: str, state: State, end: float | None) -> SessionDetail:
    """The session's page."""
    current = fold.encounters.current
    return SessionDetail(
        summary=summary(fold, session_id, profile, state, end),
        minutes=tuple(minute.frozen() for minute in fold.timeline.minutes),
        encounters=(*fold.encounters.closed, *((current.frozen(),) if current else ())),
        moments=tuple(fold.moments),
    )
