"""The skill table of a session (METRICS, "Skills"), and how a kill's XP is shared among the skills that made it."""

from __future__ import annotations

from array import array
from math import nan

from msgspec import Struct

from combatlens.domain.occupied import OUTSIDE, Use, occupied_seconds
from combatlens.domain.records import SkillTotals

ATTACK = "attack"
"""The one skill that all automatic attacks are."""


class Tally(Struct, gc=False):
    """One skill's running sums; `SkillTotals` is their frozen image."""

    uses: int = 0
    successes: int = 0
    damage: float = 0.0
    xp: float = 0.0
    criticals: int = 0
    max_damage: float = 0.0
    last_used: float | None = None

    def copy(self) -> Tally:
        return Tally(self.uses, self.successes, self.damage, self.xp, self.criticals, self.max_damage, self.last_used)

    def frozen(self, occupied_s: float) -> SkillTotals:
        uses = self.uses
        return SkillTotals(
            usage_count=uses,
            successes=self.successes,
            total_damage=self.damage,
            average_damage=self.damage / uses if uses else 0.0,
            success_rate=self.successes / uses if uses else 0.0,
            xp=self.xp,
            xp_per_use=self.xp / uses if uses else 0.0,
            occupied_s=occupied_s,
            damage_per_second=self.damage / occupied_s if occupied_s > 0 else None,
            xp_per_minute=self.xp * 60.0 / occupied_s if occupied_s > 0 else None,
            criticals=self.criticals,
            max_damage=self.max_damage,
            last_used=self.last_used,
        )


class Area(Struct, gc=False):
    """The last use that a log told line by line: whom it was aimed at, and whether it hit anyone yet."""

    name: str
    at: float
    targets: tuple[str, ...]
    hit: bool


Saved = tuple[
    dict[str, Tally], int, dict[str | None, dict[str, float]], Area | None, dict[str, int], list[int]
]  # fmt: skip
"""Tallies, how many uses, shares by target, the area that is being hit, uses that wait for damage, those between."""


class SkillTable:
    """Skills by name. Uses are kept as columns, so that ten hours of them stay small.

    A log may tell a use and its damage in lines apart, so a use that names nobody waits for its encounter: it belongs
    to that of its first damage, or to the one that was under way and went on after it.
    """

    __slots__ = (
        "_area", "_durations", "_encounters", "_shares", "_skill_numbers", "_times", "_waiting", "between", "tallies",
    )  # fmt: skip

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._times = array("d")
        self._skill_numbers: list[str] = []
        self._durations = array("d")
        self._encounters = array("l")
        self._shares: dict[str | None, dict[str, float]] = {}
        self._area: Area | None = None
        self._waiting: dict[str, int] = {}
        """Of each skill the newest use that has no encounter yet, by its place in the columns."""
        self.between: list[int] = []
        """Uses since the last hostile event, while its encounter may still go on."""

    def tally(self, name: str) -> Tally:
        found = self.tallies.get(name)
        if found is None:
            found = self.tallies[name] = Tally()
        return found

    def use(self, name: str, at: float, damage: float, success: bool, critical: bool, duration_ms: float | None,
            encounter: int, under_way: bool = False) -> None:  # fmt: skip
        """`encounter`: OUTSIDE for a use that hurts nobody by itself; `under_way`: there is one that may go on."""
        tally = self.tallies.get(name) or self.tally(name)
        tally.uses += 1
        tally.last_used = at
        if success:
            tally.successes += 1
        tally.damage += damage
        if critical:
            tally.criticals += 1
        if damage > tally.max_damage:
            tally.max_damage = damage
        if encounter == OUTSIDE:
            self._waiting[name] = len(self._times)
            if under_way:
                self.between.append(len(self._times))
        self._times.append(at)
        self._skill_numbers.append(name)
        self._durations.append(nan if duration_ms is None else duration_ms)
        self._encounters.append(encounter)

    def further_hit(self, name: str, damage: float, success: bool, critical: bool) -> None:
        """A tick, or another target hit by the same area use: damage, but no use."""
        tally = self.tally(name)
        if success and self._area is not None and not self._area.hit and self._area.name == name:
            tally.successes += 1
            self._area.hit = True
        tally.damage += damage
        if critical:
            tally.criticals += 1
        if damage > tally.max_damage:
            tally.max_damage = damage

    def go_on(self, encounter: int, same: bool) -> int:
        """A hostile event: if it is of the `same` encounter as the one before it, the uses between them are in it too.

        Returns how many they are.
        """
        between, self.between = self.between, []
        if same:
            for index in between:
                self._join(index, encounter)
        return len(between) if same else 0

    def strike(self, name: str, at: float, encounter: int, within_s: float) -> bool:
        """Damage of a use that was told before: it is in this encounter. False where none waits for one."""
        index = self._waiting.get(name)
        if index is None or at - self._times[index] > within_s:
            return False
        self._join(index, encounter)
        return True

    def _join(self, index: int, encounter: int) -> None:
        self._encounters[index] = encounter
        name = self._skill_numbers[index]
        if self._waiting.get(name) == index:
            del self._waiting[name]

    def is_same_area_use(self, name: str, at: float, target: str | None, success: bool) -> bool:
        """Whether a log line of this skill at this stamp hits one more target of the use before it."""
        area = self._area
        if target is None:
            self._area = None
        elif area is not None and area.at == at and area.name == name and target not in area.targets:
            self._area = Area(name, at, (*area.targets, target), area.hit)
            return True
        else:
            self._area = Area(name, at, (target,), success)
        return False

    def hurt(self, name: str, target: str | None, damage: float) -> None:
        """Remember who hurt `target`, for the sharing of its kill's XP."""
        share = self._shares.get(target)
        if share is None:
            share = self._shares[target] = {}
        share[name] = share.get(name, 0.0) + damage

    def credit(self, name: str, xp: float) -> None:
        """XP that names its skill."""
        self.tally(name).xp += xp

    def share_kill(self, target: str | None, xp: float) -> None:
        """Share a kill's XP by the damage done to that target since the previous kill of that name."""
        share = self._shares.pop(target, None)
        if share is None and target is not None:
            share = self._shares.get(None)
        self.spread(share, xp)

    def spread(self, share: dict[str, float] | None, xp: float) -> None:
        whole = sum(share.values()) if share else 0.0
        if share and whole > 0 and xp > 0:
            for name, damage in share.items():
                self.credit(name, xp * damage / whole)

    def shares_of(self, target: str | None) -> dict[str, float] | None:
        return self._shares.get(target)

    def occupied(self) -> dict[str, float]:
        """Seconds that each skill's uses took (METRICS, "Occupied time of a use")."""
        uses = [
            Use(at, name, None if duration != duration else duration, encounter)
            for at, name, duration, encounter in zip(
                self._times, self._skill_numbers, self._durations, self._encounters, strict=True
            )
        ]
        sums: dict[str, float] = {}
        for use, seconds in zip(uses, occupied_seconds(uses), strict=True):
            sums[use.skill] = sums.get(use.skill, 0.0) + seconds
        return sums

    def frozen(self) -> dict[str, SkillTotals]:
        occupied = self.occupied()
        return {name: tally.frozen(occupied.get(name, 0.0)) for name, tally in self.tallies.items()}

    def save(self) -> Saved:
        return (
            {name: tally.copy() for name, tally in self.tallies.items()},
            len(self._times),
            {target: dict(share) for target, share in self._shares.items()},
            self._area and Area(self._area.name, self._area.at, self._area.targets, self._area.hit),
            dict(self._waiting),
            list(self.between),
        )

    def restore(self, saved: Saved) -> None:
        tallies, uses, shares, area, waiting, between = saved
        self._area = area and Area(area.name, area.at, area.targets, area.hit)
        self.tallies = {name: tally.copy() for name, tally in tallies.items()}
        del self._times[uses:]
        del self._skill_numbers[uses:]
        del self._durations[uses:]
        del self._encounters[uses:]
        for index in (*waiting.values(), *between):
            self._encounters[index] = OUTSIDE
        self._waiting, self.between = dict(waiting), list(between)
        self._shares = {target: dict(share) for target, share in shares.items()}
