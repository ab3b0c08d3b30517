"""A real evening of play: what a busy session shows, and the sessions it leaves."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec

from combatlens.domain.records import (
    DeathDetail,
    EncounterRecord,
    LevelUp,
    Minute,
    SessionDetail,
    SessionRow,
    SessionSummary,
    SkillTotals,
    TargetTotals,
    XpTotals,
    ZoneTotals,
)
from combatlens.domain.snapshot import SkillLine, Snapshot

T0 = 1_790_000_000.0

SKILLS = ("Headshot", "Burst fire", "Rifle shot", "Concussion grenade", "Aimed volley of the long name", "Kick")

BUILDS = ("Rifleman", "Carbineer", "Medic", None)

ZONES = ("Dune sea", "Old harbour", "Crystal caves")


def snapshot(minutes: float = 42.3, **changes: Any) -> Snapshot:
    """A busy session after that many minutes."""
    rng = random.Random(7)
    points = [
        (s, 11_000 + 2_600 * math.sin(s / 340) + rng.gauss(0, 420) - 5_000 * math.exp(-s / 180))
        for s in range(0, round(minutes * 60), 10)
    ]
    shares = (0.43, 0.24, 0.16, 0.1, 0.05, 0.02)
    full = Snapshot(
        character="player",
        profile="default",
        session_id="session_1790000000",
        state="active",
        at=T0 + minutes * 60,
        started_at=T0,
        last_event_at=T0 + minutes * 60,
        active_s=minutes * 60,
        elapsed_s=minutes * 60 + 80,
        events=2_413,
        xp_gained=8_640,
        xp_per_hour=12_255.3,
        xp_per_hour_window=13_102.0,
        level=23,
        xp_value=31_250,
        xp_needed=38_400,
        time_to_level_s=2_102,
        kills=124,
        deaths=2,
        kd_ratio=62.0,
        damage_dealt=311_000,
        dps=312.4,
        dps_window=330.1,
        build="Rifleman",
        zone="Dune sea",
        skills=tuple(
            SkillLine(name, round(share * 300), share * 311_000, share, 0.93, 80.0)
            for name, share in zip(SKILLS, shares, strict=True)
        ),
        series=tuple(points),
    )
    return msgspec.structs.replace(full, **changes)


def row(index: int) -> SessionRow:
    rng = random.Random(index)
    minutes = rng.uniform(8, 190)
    start = T0 - index * 29_000 - 9_000
    per_hour = rng.uniform(6_500, 17_500)
    return SessionRow(
        session_id=f"session_{int(start)}",
        character="player",
        profile="default",
        state="error" if index % 13 == 5 else "completed",
        start_time=start,
        end_time=start + minutes * 60,
        active_minutes=minutes,
        total_xp_gained=round(per_hour * minutes / 60),
        xp_per_hour=per_hour,
        kills=round(minutes * rng.uniform(1.5, 3)),
        deaths=rng.choice((0, 0, 1, 2, 5)),
        total_damage_dealt=round(minutes * 9_000),
        build=BUILDS[index % 4],
        zone=ZONES[index % 3],
        rating=rng.choice((None, 3.0, 4.0, 5.0)),
        notes="tried the new rotation; it held up well against groups" if index % 6 == 0 else None,
    )


def _minutes(one: SessionRow, length: int, rng: random.Random) -> tuple[Minute, ...]:
    return tuple(
        Minute(
            start=one.start_time + 60 * i,
            active_s=60,
            xp=max(0.0, rng.gauss(one.total_xp_gained / length, 60)),
            damage=max(0.0, rng.gauss(9_000, 2_500)) if i % 17 else 0,
            damage_taken=max(0.0, rng.gauss(1_500, 500)),
            kills=rng.randrange(4),
            uses=rng.randrange(20, 40),
        )
        for i in range(length)
    )


def _encounters(one: SessionRow, length: int, rng: random.Random) -> tuple[EncounterRecord, ...]:
    return tuple(
        EncounterRecord(
            start=one.start_time + i * 95,
            end=one.start_time + i * 95 + rng.uniform(20, 70),
            targets=(rng.choice(("Sand crawler", "Cave troll", "Harbour thug")),),
            damage=rng.uniform(2_000, 9_000),
            damage_taken=rng.uniform(100, 2_500),
            uses=rng.randrange(5, 30),
            kills=1 if i % 9 else 0,
            deaths=0 if i % 9 else 1,
            xp=rng.uniform(60, 240),
            outcome="won" if i % 9 else "lost",
        )
        for i in range(1, max(2, length * 60 // 95))
    )


def _skills() -> dict[str, SkillTotals]:
    return {
        name: SkillTotals(
            usage_count=420 - 60 * i,
            successes=400 - 62 * i,
            total_damage=(420 - 60 * i) * (400 - 30 * i),
            average_damage=400 - 30 * i,
            success_rate=0.95 - 0.03 * i,
            xp=(420 - 60 * i) * 21.0,
            xp_per_use=21.0 - i,
            damage_per_second=310.0 - 40 * i,
            xp_per_minute=500.0 - 50 * i,
            criticals=20 - i,
            max_damage=980 - 30 * i,
        )
        for i, name in enumerate(SKILLS)
    }


def _summary(one: SessionRow, length: int) -> SessionSummary:
    return SessionSummary(
        **{f: getattr(one, f) for f in (
            "session_id", "character", "profile", "state", "start_time", "end_time", "active_minutes",
            "total_xp_gained", "xp_per_hour", "kills", "deaths", "total_damage_dealt", "build", "zone", "rating",
            "notes",
        )},
        duration_minutes=one.active_minutes,
        elapsed_minutes=one.active_minutes + 4,
        skills=_skills(),
        xp=XpTotals(observed=one.total_xp_gained, attributed=one.total_xp_gained * 0.97, unexplained=40),
        xp_per_hour_elapsed=(one.xp_per_hour or 0) * 0.95,
        dps=312.0,
        total_damage_taken=41_000,
        level_ups=(LevelUp(one.start_time + length * 25, 24),),
        targets={
            "Sand crawler": TargetTotals(kills=61, damage=190_000, damage_taken=9_000, time_to_kill_s=9.4, xp=6_100),
            "Cave troll": TargetTotals(kills=22, damage=140_000, damage_taken=28_000, deaths=2, time_to_kill_s=24.0),
            "Harbour thug": TargetTotals(kills=9, damage=30_000, damage_taken=4_000, time_to_kill_s=7.1, xp=700),
        },
        zones={"Dune sea": ZoneTotals(kills=80, active_minutes=40, xp=9_000)},
        deaths_detail=(DeathDetail(at=one.start_time + length * 12, killer="Cave troll", damage_taken=1_900),),
        tags=("double xp",),
    )  # fmt: skip


def detail(one: SessionRow) -> SessionDetail:
    rng = random.Random(one.session_id)
    length = max(1, round(one.active_minutes))
    moments = (
        (one.start_time + length * 12, "death", "killed by a Cave troll"),
        (one.start_time + length * 25, "level_up", "level 24"),
        (one.start_time + length * 40, "mark", "new rotation from here"),
        (one.start_time + length * 45, "pause", "paused by you"),
    )
    return SessionDetail(
        summary=_summary(one, length), minutes=_minutes(one, length, rng), encounters=_encounters(one, length, rng),
        moments=moments,
    )  # fmt: skip
