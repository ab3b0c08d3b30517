"""Running sums of targets, zones and actors; the records are their frozen images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, Self, TypeVar

from msgspec import Struct

from combatlens.domain.records import ActorTotals, TargetTotals, ZoneTotals


class Target(Struct, gc=False):
    kills: int = 0
    damage: float = 0.0
    damage_taken: float = 0.0
    deaths: int = 0
    xp: float = 0.0
    fights: int = 0
    fight_s: float = 0.0

    def copy(self) -> Target:
        return Target(
            self.kills, self.damage, self.damage_taken, self.deaths, self.xp, self.fights, self.fight_s
        )  # fmt: skip

    def frozen(self) -> TargetTotals:
        return TargetTotals(
            kills=self.kills, damage=self.damage, damage_taken=self.damage_taken, deaths=self.deaths, xp=self.xp,
            time_to_kill_s=self.fight_s / self.fights if self.fights else None,
        )  # fmt: skip


class Zone(Struct, gc=False):
    kills: int = 0
    active_s: float = 0.0
    xp: float = 0.0

    def copy(self) -> Zone:
        return Zone(self.kills, self.active_s, self.xp)

    def frozen(self) -> ZoneTotals:
        return ZoneTotals(kills=self.kills, active_minutes=self.active_s / 60.0, xp=self.xp)


class Actor(Struct, gc=False):
    damage_dealt: float = 0.0
    pet_damage: float = 0.0
    self_damage: float = 0.0
    drained: float = 0.0
    damage_taken: float = 0.0
    healing_done: float = 0.0
    kills: int = 0
    deaths: int = 0

    def copy(self) -> Actor:
        return Actor(
            self.damage_dealt, self.pet_damage, self.self_damage, self.drained, self.damage_taken, self.healing_done,
            self.kills, self.deaths,
        )  # fmt: skip

    def frozen(self) -> ActorTotals:
        return ActorTotals(
            damage_dealt=self.damage_dealt, pet_damage=self.pet_damage, self_damage=self.self_damage,
            drained=self.drained, damage_taken=self.damage_taken, healing_done=self.healing_done, kills=self.kills,
            deaths=self.deaths,
        )  # fmt: skip


T = TypeVar("T", Target, Zone, Actor)


class Table(dict[str, T], Generic[T]):
    """Sums by name: `table[name]` makes the row that is not there yet. Asked for every event: a dictionary."""

    __slots__ = ("_make",)

    def __init__(self, make: type[T]) -> None:
        super().__init__()
        self._make: type[T] = make

    def __missing__(self, name: str) -> T:
        made = self[name] = self._make()
        return made

    def save(self) -> dict[str, T]:
        return {name: row.copy() for name, row in self.items()}

    def restore(self, saved: dict[str, T]) -> None:
        self.clear()
        self.update((name, row.copy()) for name, row in saved.items())


class Row(Protocol):
    def copy(self) -> Self: ...


R = TypeVar("R", bound=Row)


class Taken(Generic[R]):
    """Remembers the rows of a table as they were last taken, to tell which have changed since."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, R] = {}

    def changes(self, table: Mapping[str, R]) -> tuple[dict[str, R], tuple[str, ...]]:
        """The rows that are new or have changed, and the names that are gone."""
        last = self._last
        changed = {name: row for name, row in table.items() if last.get(name) != row}
        gone = tuple(name for name in last if name not in table)
        for name in gone:
            del last[name]
        last.update((name, row.copy()) for name, row in changed.items())
        return changed, gone
