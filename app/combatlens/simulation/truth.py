"""Exact totals of facts, and what a recorded session says differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from combatlens.simulation.facts import AnyFact, Arrived, Died, Earned, Hurt, Killed, Looted, Ticked, Used


class SkillTruth(Struct, kw_only=True):
    usage_count: int = 0
    successes: int = 0
    total_damage: int = 0
    xp: int = 0


class TargetTruth(Struct, kw_only=True):
    kills: int = 0
    damage: int = 0


class Truth(Struct, kw_only=True):
    """Names are those of a session's JSON (METRICS). A tick is damage under the name the log gives it, and no use."""

    total_xp_gained: int = 0
    kills: int = 0
    deaths: int = 0
    total_damage_dealt: int = 0
    total_damage_taken: int = 0
    loot_value: int = 0
    levels: int = 0
    skills: dict[str, SkillTruth] = field(default_factory=dict)
    targets: dict[str, TargetTruth] = field(default_factory=dict)
    zones: dict[str, int] = field(default_factory=dict)
    """Kills in each zone."""

    def add(self, fact: AnyFact) -> None:
        if isinstance(fact, Used):
            self._use(fact)
        elif isinstance(fact, Ticked):
            self._damage(fact.name, fact.target, fact.damage)
        elif isinstance(fact, Killed):
            self.kills += 1
            self.targets.setdefault(fact.target, TargetTruth()).kills += 1
            self.zones[fact.zone] = self.zones.get(fact.zone, 0) + 1
        elif isinstance(fact, Died):
            self.deaths += 1
        elif isinstance(fact, Hurt):
            self.total_damage_taken += fact.amount
        elif isinstance(fact, Earned):
            self.total_xp_gained += fact.amount
            self.levels += fact.value < fact.amount
        elif isinstance(fact, Looted):
            self.loot_value += fact.coins
        elif isinstance(fact, Arrived):
            self.zones.setdefault(fact.zone, 0)

    def _use(self, fact: Used) -> None:
        skill = self._damage(fact.skill, fact.target, fact.damage)
        skill.usage_count += 1
        skill.successes += fact.hit
        skill.xp += fact.xp

    def _damage(self, skill: str, target: str, damage: int) -> SkillTruth:
        self.total_damage_dealt += damage
        self.targets.setdefault(target, TargetTruth()).damage += damage
        entry = self.skills.setdefault(skill, SkillTruth())
        entry.total_damage += damage
        return entry


def tally(facts: Iterable[AnyFact]) -> Truth:
    truth = Truth()
    for fact in facts:
        truth.add(fact)
    return truth


class Line(Struct, frozen=True):
    """One number, as recorded and as it truly was."""

    name: str
    recorded: float
    true: float

    @property
    def agrees(self) -> bool:
        return abs(self.recorded - self.true) < 1e-6


_TOTALS = ("total_xp_gained", "kills", "deaths", "total_damage_dealt", "total_damage_taken", "loot_value")


def compare(truth: Truth, session: Mapping[str, Any]) -> list[Line]:
    """`session`: the JSON object of a session. A skill that only one of both knows stands as 0 in the other."""
    lines = [Line(name, float(session.get(name) or 0), float(getattr(truth, name))) for name in _TOTALS]
    recorded = session.get("skills") or {}
    for name in sorted(set(recorded) | set(truth.skills)):
        seen, real = recorded.get(name, {}), truth.skills.get(name, SkillTruth())
        for column in ("usage_count", "total_damage"):
            lines.append(Line(f"{name}: {column}", float(seen.get(column) or 0), float(getattr(real, column))))
    return lines


def to_json(truth: Truth) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(truth)
    return built
