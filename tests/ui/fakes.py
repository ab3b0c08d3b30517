"""Stand-ins for the services, with data as a real evening of play leaves it."""

from __future__ import annotations

import math
import random
from concurrent.futures import Future
from typing import Any

import msgspec

from combatlens.domain.errors import EnvironmentFault, NotFound
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
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health, LiveStatus, SkillLine, Snapshot
from combatlens.ports import Receipt, SessionPage, SessionQuery

T0 = 1_790_000_000.0
SKILLS = ("Headshot", "Burst fire", "Rifle shot", "Concussion grenade", "Aimed volley of the long name", "Kick")
BUILDS = ("Rifleman", "Carbineer", "Medic", None)
ZONES = ("Dune sea", "Old harbour", "Crystal caves")


class FakeClock:
    def __init__(self, now: float = T0) -> None:
        self.at = now

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at - T0


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


HEALTHY = (
    Health("screen reader", "ok", "reads 9.8 frames a second, sure of 99 %", since=T0),
    Health("combat log", "ok", "follows combat.log, last line 2 s ago", since=T0),
    Health("bot connection", "ok", "listens on 127.0.0.1:47800", since=T0),
    Health("hotkeys", "off", "switched off in the settings", since=T0),
)
BROKEN = (
    Health(
        "screen reader", "failed", "sees no number where the XP should be",
        "check that the game's XP bar is visible, or mark its place again under Settings", T0 + 2_400,
    ),
    Health("combat log", "warning", "no new line for 6 minutes", "switch on combat logging in the game", T0 + 2_100),
    *HEALTHY[2:],
)  # fmt: skip


class FakeLive:
    def __init__(self, current: Snapshot | None = None, health: tuple[Health, ...] = HEALTHY) -> None:
        self.current = current if current is not None else snapshot()
        self.health = health
        self.asked = 0

    def status(self) -> LiveStatus:
        self.asked += 1
        return LiveStatus(self.current, (self.current,), self.health, "0.1.0")


IDLE = Snapshot(character="player", profile="default")


class FakeControl:
    """Writes down what was asked. `fault` makes each answer fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.fault: EnvironmentFault | None = None
        self.rejection = ""

    def _answer(self, name: str, value: Any = None) -> Future[Receipt]:
        from combatlens.ports import Rejection

        self.calls.append((name, value))
        future: Future[Receipt] = Future()
        if self.fault is not None:
            future.set_exception(self.fault)
        elif self.rejection:
            future.set_result(Receipt(0, rejected=(Rejection(0, self.rejection),)))
        else:
            future.set_result(Receipt(1, session_id="session_1"))
        return future

    def start(self, *, session_id: str | None = None, mode: str | None = None, build: str | None = None,
              zone: str | None = None, character: str = "") -> Future[Receipt]:  # fmt: skip
        return self._answer("start")

    def pause(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("pause")

    def resume(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("resume")

    def toggle_pause(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("toggle_pause")

    def end(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("end")

    def mark(self, label: str, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("mark", at)

    def count_kill(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("kill", at)

    def count_death(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("death", at)


class FakeSettings:
    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else Settings(theme="dark")
        self.saved: list[Settings] = []
        self.fault: EnvironmentFault | None = None

    def load(self) -> Settings:
        return self.settings

    def save(self, settings: Settings) -> None:
        if self.fault is not None:
            raise self.fault
        self.settings = settings
        self.saved.append(settings)


class FakeHistory:
    """`count` sessions, the newest first, made on demand."""

    def __init__(self, count: int = 40, insights: dict[str, Any] | None = None) -> None:
        self.rows = [row(index) for index in range(count)]
        self.learned = insights if insights is not None else {}
        self.queries: list[SessionQuery] = []
        self.fault: EnvironmentFault | None = None

    def sessions(self, query: SessionQuery) -> SessionPage:
        self.queries.append(query)
        self._check()
        wanted = [
            r
            for r in self.rows
            if query.text.lower() in f"{r.session_id} {r.build} {r.zone} {r.notes}".lower()
            and (query.since is None or r.start_time >= query.since)
        ]
        wanted.sort(key=lambda r: (getattr(r, query.sort) is not None, getattr(r, query.sort) or 0
                                   if query.sort != "build" else r.build or ""),
                    reverse=query.descending)  # fmt: skip
        stop = None if query.limit is None else query.offset + query.limit
        return SessionPage(tuple(wanted[query.offset : stop]), len(wanted))

    def summary(self, session_id: str) -> SessionSummary:
        return self.detail(session_id).summary

    def detail(self, session_id: str) -> SessionDetail:
        self._check()
        for one in self.rows:
            if one.session_id == session_id:
                return detail(one)
        raise NotFound(f"there is no session {session_id}", "reload the list")

    def insights(self) -> dict[str, Any]:
        self._check()
        return self.learned

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault


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


def detail(one: SessionRow) -> SessionDetail:
    rng = random.Random(one.session_id)
    length = max(1, round(one.active_minutes))
    minutes = tuple(
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
    encounters = tuple(
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
    moments = (
        (one.start_time + length * 12, "death", "killed by a Cave troll"),
        (one.start_time + length * 25, "level_up", "level 24"),
        (one.start_time + length * 40, "mark", "new rotation from here"),
        (one.start_time + length * 45, "pause", "paused by you"),
    )
    skills = {
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
    summary = SessionSummary(
        **{f: getattr(one, f) for f in (
            "session_id", "character", "profile", "state", "start_time", "end_time", "active_minutes",
            "total_xp_gained", "xp_per_hour", "kills", "deaths", "total_damage_dealt", "build", "zone", "rating",
            "notes",
        )},
        duration_minutes=one.active_minutes,
        elapsed_minutes=one.active_minutes + 4,
        skills=skills,
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
    return SessionDetail(summary=summary, minutes=minutes, encounters=encounters, moments=moments)


def outcome(
    name: str, decision: str, verdict: str, after: int, difference: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "recommendation_id": name, "decision": decision, "verdict": verdict, "at": "2026-11-14T20:14:00+00:00",
        "sessions_after": after, "difference": difference,
        "ci": None if difference is None else [difference - 600, difference + 600], "text": None, "together_with": [],
        **more,
    }  # fmt: skip


def insights() -> dict[str, Any]:
    """The object of `learned_combat_insights.json` after fourteen sessions."""
    performance = {}
    for i, name in enumerate(SKILLS):
        uses = (480, 390, 610, 120, 64, 18)[i]
        performance[name] = {
            "total_uses": uses,
            "total_damage": uses * (400 - 30 * i),
            "average_damage": 400.0 - 30 * i,
            "success_rate": 0.95 - 0.02 * i,
            "xp_efficiency": 25.5 - 2 * i,
            "damage_per_second": 310.0 - 35 * i,
            "xp_per_minute": 510.0 - 40 * i,
            "evidence": {
                "uses": uses,
                "sessions": 14 - 2 * i,
                "success_rate_ci": [0.92 - 0.02 * i, 0.97 - 0.02 * i],
                "average_damage_ci": [388.0 - 30 * i, 412.0 - 30 * i],
                "damage_per_second_ci": [296.0 - 35 * i, 324.0 - 35 * i],
                "xp_per_use_ci": [24.1 - 2 * i, 26.9 - 2 * i],
                "confidence": (0.93, 0.88, 0.9, 0.71, 0.62, 0.2)[i],
                "impact": ("high", "medium", "medium", "low", "low", "low")[i],
                "needs": max(0, 30 - uses),
            },
        }
    return {
        "skill_performance": performance,
        "xp_efficiency": {
            "xp_per_minute": 204.0,
            "best_xp_skill": "Headshot",
            "best_damage_skill": "Headshot",
            "most_reliable_skill": "Rifle shot",
        },
        "combat_patterns": {
            "most_used_skill": "Rifle shot",
            "highest_damage_skill": "Headshot",
            "most_efficient_skill": "Headshot",
            "preferred_rotation": ["Headshot", "Burst fire", "Rifle shot"],
        },
        "build_recommendations": {
            "primary_damage_skill": "Headshot",
            "secondary_damage_skill": "Burst fire",
            "filler_skill": "Rifle shot",
            "recommended_rotation": ["Headshot", "Burst fire", "Rifle shot", "Rifle shot"],
            "skill_priorities": {"Headshot": "high", "Burst fire": "medium", "Rifle shot": "medium", "Kick": "low"},
        },
        "performance_metrics": {
            "total_sessions": 14,
            "total_xp": 214_000,
            "average_xp_per_session": 15_285.7,
            "best_session": "session_1789900000",
            "kill_death_ratio": 41.2,
            "active_minutes": 1_049.0,
        },
        "comparisons": [
            {
                "kind": "build", "a": "Carbineer", "b": "Rifleman", "metric": "xp_per_hour", "difference": 1_840.0,
                "ci": [610.0, 3_070.0], "effect_size": 0.92, "p_adjusted": 0.012, "verdict": "better",
                "sessions_needed": 0,
            },
            {
                "kind": "zone", "a": "Dune sea", "b": "Crystal caves", "metric": "deaths_per_hour", "difference": 0.2,
                "ci": [-0.5, 0.9], "effect_size": 0.1, "p_adjusted": 0.6, "verdict": "no_difference_shown",
                "sessions_needed": 0,
            },
            {
                "kind": "rotation", "a": "Headshot → Burst fire → Rifle shot → Rifle shot", "effect_size": 0.05,
                "b": "Headshot → Burst fire → Rifle shot → Aimed volley of the long name → Concussion grenade → Kick",
                "metric": "xp_per_hour", "difference": 40.0, "ci": [-410.0, 490.0], "p_adjusted": 1.0,
                "verdict": "no_difference_shown", "sessions_needed": None,
            },
            {
                "kind": "weapon", "a": "T-21", "b": "DLT-20", "metric": "dps", "difference": 14.0, "ci": None,
                "effect_size": None, "p_adjusted": None, "verdict": "needs_data", "sessions_needed": 5,
            },
        ],
        "time_use": {
            "fighting": 612.0, "looting": 120.0, "travelling": 160.0, "healing": 64.0, "other": 20.0, "dead": 13.0,
            "idle": 60.0,
        },
        "recommendations": [
            {
                "id": "rotation-1", "kind": "rotation", "confidence": 0.91, "impact": "high", "decision": None,
                "text": "use Headshot, Burst fire, Rifle shot in this order, passing over what is on cooldown",
                "reason": "about +1,240 XP/h (95 % between +610 and +1,870)",
            },
            {
                "id": "build-1", "kind": "build", "confidence": 0.74, "impact": "medium",
                "text": "prefer the build Rifleman to Carbineer",
                "reason": "about +1,840 XP/h (95 % between +610 and +3,070)",
                "decision": outcome("build-1", "accepted", "too_early", 2, None),
            },
        ],
        "advice": {
            "trust": 0.8,
            "outcomes": [
                outcome("idle-1", "modified", "made_it_worse", 9, -2_110.0, together_with=["build-1"]),
                outcome("misses-1", "accepted", "helped", 14, 980.0, text="Kick fails 31% of the time: leave it out"),
                outcome("zone-1", "rejected", "rejected", 14, None, text="prefer the zone Dune sea to Old harbour"),
                outcome("build-1", "accepted", "too_early", 2, None, text="prefer the build Rifleman to Carbineer"),
            ],
        },
        "meta": {
            "schema_version": 1, "generated_at": "2026-09-21T14:13:20+00:00", "sessions": 14, "active_minutes": 1_049.0,
        },
    }  # fmt: skip
