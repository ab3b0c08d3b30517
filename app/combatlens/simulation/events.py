"""Facts as events of the public contract: what a bot that knows everything would send."""

from __future__ import annotations

from combatlens.domain.events import (
    Action,
    Context,
    DamageTaken,
    Death,
    Event,
    Kill,
    Loot,
    SkillUse,
    XpReading,
)  # fmt: skip
from combatlens.simulation.facts import AnyFact, Arrived, Died, Earned, Hurt, Killed, Looted, Ticked, Used


def event_of(fact: AnyFact, *, at: float, identity: str | None = None) -> Event:
    """The event of a fact; `at` in Unix seconds. XP stands on the skill or kill that earned it, and as a reading."""
    at = round(at, 3)
    if isinstance(fact, Used):
        return SkillUse(
            id=identity, at=at, skill=fact.skill, target=fact.target, damage=fact.damage, success=fact.hit,
            critical=fact.critical, duration_ms=fact.duration_ms, xp=fact.xp,
        )  # fmt: skip
    if isinstance(fact, Ticked):
        return SkillUse(id=identity, at=at, skill=fact.name, target=fact.target, damage=fact.damage, periodic=True)
    if isinstance(fact, Killed):
        return Kill(id=identity, at=at, target=fact.target, xp=fact.xp)
    if isinstance(fact, Died):
        return Death(id=identity, at=at, cause=fact.cause)
    if isinstance(fact, Hurt):
        return DamageTaken(id=identity, at=at, amount=fact.amount, source=fact.source)
    if isinstance(fact, Earned):
        return XpReading(id=identity, at=at, value=fact.value, needed=fact.needed, level=fact.level)
    if isinstance(fact, Looted):
        return Loot(id=identity, at=at, item="credits", count=fact.coins, value=fact.coins)
    if isinstance(fact, Arrived):
        return Context(id=identity, at=at, zone=fact.zone)
    return Action(id=identity, at=at, name=fact.name, duration_ms=fact.duration_ms)
