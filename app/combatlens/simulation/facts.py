"""What really happens in the simulated world. `at`: simulated seconds since the start of the session."""

from __future__ import annotations

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True):
    at: float


class Used(Fact, frozen=True, kw_only=True):
    skill: str
    target: str
    damage: int
    hit: bool
    critical: bool
    duration_ms: int
    xp: int = 0


class Ticked(Fact, frozen=True, kw_only=True):
    """Damage over time: damage, but no use. `name` is what a log calls it."""

    name: str
    skill: str
    target: str
    damage: int


class Killed(Fact, frozen=True, kw_only=True):
    target: str
    zone: str
    xp: int


class Hurt(Fact, frozen=True, kw_only=True):
    source: str
    amount: int


class Died(Fact, frozen=True, kw_only=True):
    cause: str


class Earned(Fact, frozen=True, kw_only=True):
    """XP came in: `value` of `needed` is what the game shows afterwards, per level."""

    amount: int
    value: int
    needed: int
    level: int
    cause: Used | Killed


class Looted(Fact, frozen=True, kw_only=True):
    coins: int


class Did(Fact, frozen=True, kw_only=True):
    """Something besides fighting: travel, loot, heal, rest."""

    name: str
    duration_ms: int


class Arrived(Fact, frozen=True, kw_only=True):
    zone: str


AnyFact = Used | Ticked | Killed | Hurt | Died | Earned | Looted | Did | Arrived
