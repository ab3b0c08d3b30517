"""A small world with known truth: skills, targets and a bot that fights, as the events it would have sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from combatlens.domain import fold_view
from combatlens.domain.events import Action, Context, Death, Event, Kill, Recorded, SessionOp, SkillUse
from combatlens.domain.fold import FoldRules
from combatlens.domain.records import SessionSummary
from combatlens.domain.refold import fold_all
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats

START = 1_700_000_000.0


@dataclass(frozen=True)
class SkillTruth:
    name: str
    damage: float
    cast: float = 1.5
    cooldown: float = 0.0
    hit: float = 0.9
    spread: float = 0.2

    @property
    def mean_damage(self) -> float:
        return self.damage * self.hit


@dataclass(frozen=True)
class TargetTruth:
    name: str
    health: float
    xp: float
    share: float = 1.0


@dataclass(frozen=True)
class World:
    """`policy`: names in order; empty: the strongest ready skill with a chance of `sense`, else any ready one.
    `travel`: mean seconds between fights."""

    skills: tuple[SkillTruth, ...]
    targets: tuple[TargetTruth, ...] = (TargetTruth("wolf", 1500.0, 100.0),)
    policy: tuple[str, ...] = ()
    sense: float = 0.0
    travel: float = 8.0
    lag: float = 0.0
    death_chance: float = 0.0
    context: dict[str, Any] = field(default_factory=dict)

    def with_damage(self, factor: float) -> World:
        return replace(self, skills=tuple(replace(s, damage=s.damage * factor) for s in self.skills))


SMALL = World(
    skills=(
        SkillTruth("headshot", 400.0, cast=1.5, cooldown=6.0),
        SkillTruth("burst_fire", 300.0, cast=2.0, cooldown=4.0, hit=0.85),
        SkillTruth("rifle_shot", 150.0, cast=1.5, hit=0.97),
    )
)


def play(world: World, minutes: float, rng: np.random.Generator, start: float = START) -> list[tuple[float, Event]]:
    """What happens in a session, as (Unix seconds, event)."""
    told: list[tuple[float, Event]] = [(start, SessionOp(op="start"))]
    if world.context:
        told.append((start, Context(**world.context)))
    order = {skill.name: i for i, skill in enumerate(world.skills)}
    plan = [order[name] for name in world.policy]
    shares = np.array([target.share for target in world.targets])
    ready = [0.0] * len(world.skills)
    now, end = 0.0, minutes * 60.0
    while now < end:
        travel = float(rng.gamma(4.0, world.travel / 4.0)) if world.travel else 0.0
        if travel:
            told.append((start + now + travel, Action(name="travel", duration_ms=travel * 1000.0)))
        now += travel
        target = world.targets[int(rng.choice(len(shares), p=shares / shares.sum()))]
        left, place = target.health, 0
        while left > 0 and now < end:
            choice, place = _next(world, plan, place, ready, now, rng)
            if choice is None:
                now = max(now, min(ready[i] for i in (plan or range(len(ready)))))
                continue
            skill = world.skills[choice]
            hit = bool(rng.random() < skill.hit)
            damage = float(rng.gamma(1 / skill.spread**2, skill.damage * skill.spread**2)) if hit else 0.0
            damage = min(damage, left)
            told.append((start + now, SkillUse(skill=skill.name, target=target.name, damage=damage, success=hit)))
            ready[choice] = now + max(skill.cooldown, skill.cast)
            now += skill.cast + (float(rng.exponential(world.lag)) if world.lag else 0.0)
            left -= damage
        if left <= 0:
            told.append((start + now, Kill(target=target.name, xp=target.xp)))
            if world.death_chance and rng.random() < world.death_chance:
                told.append((start + now, Death(cause=target.name)))
                now += 30.0
    told.append((start + now, SessionOp(op="end")))
    return told


def _next(
    world: World, plan: list[int], place: int, ready: list[float], now: float, rng: np.random.Generator
) -> tuple[int | None, int]:
    if not plan:
        free = [i for i, at in enumerate(ready) if at <= now + 1e-9]
        if free and world.sense and rng.random() < world.sense:
            return max(free, key=lambda i: world.skills[i].mean_damage / world.skills[i].cast), 0
        return (int(rng.choice(free)), 0) if free else (None, 0)
    for step in range(len(plan)):
        i = plan[(place + step) % len(plan)]
        if ready[i] <= now + 1e-9:
            return i, (place + step + 1) % len(plan)
    return None, place


def record(told: list[tuple[float, Event]], session_id: str = "s1", source: str = "bot") -> list[Recorded]:
    return [Recorded(i, session_id, at, at, source, "player", event) for i, (at, event) in enumerate(told)]


def summary_of(events: list[Recorded], rules: FoldRules | None = None) -> SessionSummary:
    rules = rules or FoldRules()
    fold = fold_all(events, (), events[0].at, "player", rules)
    return fold_view.summary(fold, events[0].session_id, "default", "completed", events[-1].at)


def stats_of(
    world: World, minutes: float, rng: np.random.Generator, session_id: str = "s1", start: float = START
) -> SessionStats:
    events = record(play(world, minutes, rng, start), session_id)
    return session_stats(summary_of(events), events)


def sessions(world: World, count: int, minutes: float, seed: int, start: float = START) -> list[SessionStats]:
    rng = np.random.default_rng(seed)
    return [stats_of(world, minutes, rng, f"s{i:04d}", start + i * 86_400.0) for i in range(count)]
