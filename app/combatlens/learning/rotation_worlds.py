"""What the user can do, as far as it was seen, and the worlds that may be the true one where it was not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import special

from combatlens.learning.history import History
from combatlens.learning.rotation_model import READY_WITHIN, Column, Kit
from combatlens.learning.skills import Skill

KIT_SIZE = 10
COVERED = 0.8
"""The skills of a kit do at least this share of the damage."""

SHORTEST_COOLDOWN, LONGEST_COOLDOWN = 2.0, 60.0
FREE_ODDS, PRICE = 0.7, 2.0
"""What is held of a skill before anything is known: the odds that it has no cooldown, for one as strong as the weakest
that may be always ready; they fall with this power of its damage per second, since a cooldown pays for strength.
Else the logarithm of its cooldown is uniform between these seconds."""


class Guess(Struct, frozen=True):
    """The judged skills that do damage. `open`: which of them were never seen on cooldown, and never used again at once
    either; shape (skills,). `seen`: the one world in which the shortest gaps seen are the cooldowns."""

    held: tuple[Skill, ...]
    open: NDArray[np.bool_]
    seen: Kit

    def worlds(self, count: int) -> Kit:
        """Worlds that may be the true one, always the same ones: damage drawn within its standard error, open cooldowns
        either none or the longest possible.

        Every skill's draws are a Latin hypercube (M. D. McKay et al., Technometrics 21, 1979). A game always leaves
        something to do: where no skill is always ready, the weakest one that may be is.
        """
        size = len(self.held)
        ranks = np.tile(np.arange(count), (2 * size, 1))
        shares = (np.random.default_rng(20260101).permuted(ranks, axis=1).T + 0.5) / count
        errors = np.array([_relative_error(skill) for skill in self.held])
        damage = self.seen.damage * np.maximum(1 + errors * special.ndtri(shares[:, :size]), 0.0)
        cast = self.seen.cast
        ready = np.where(self.open & (shares[:, size:] < self._free()), cast, self.seen.ready)
        if self.open.any() and not self.seen.always_ready().any():
            weakest = np.flatnonzero(self.open)[self._rate()[self.open].argmin()]
            stuck = ~(ready <= cast * READY_WITHIN).any(axis=1)
            ready[stuck, weakest] = cast[weakest]
        return Kit(damage, cast, ready, self.seen.health, self.seen.pause)

    def hoped(self) -> Kit:
        """The world in which no open skill has a cooldown."""
        seen = self.seen
        return Kit(seen.damage, seen.cast, np.where(self.open, seen.cast, seen.ready), seen.health, seen.pause)

    def _rate(self) -> Column:
        rate: Column = self.seen.damage[0] / self.seen.cast
        return rate

    def _free(self) -> Column:
        """The chance that an open skill has no cooldown, given that it has none longer than the shortest gap."""
        rate, gap = self._rate(), self.seen.ready[0]
        may = self.seen.always_ready()[0] | self.open
        odds = FREE_ODDS * np.minimum(1.0, rate[may].min(initial=np.inf) / rate) ** PRICE
        shorter = np.log(np.maximum(gap / SHORTEST_COOLDOWN, 1.0)) / np.log(LONGEST_COOLDOWN / SHORTEST_COOLDOWN)
        free: Column = odds / (odds + shorter)
        return free


def guess(history: History, table: Sequence[Skill]) -> Guess | None:
    """None where no skill can be judged yet, or those of which it is known how long they take do too little of the
    damage: a log that tells blows apart from the uses that they belong to says nothing of rotations."""
    held = [skill for skill in table if skill.needs == 0 and skill.damage_per_second.value and skill.cast_s]
    if sum(skill.damage for skill in held) < COVERED * sum(skill.damage for skill in table):
        return None
    held = sorted(held, key=lambda skill: (-(skill.damage_per_second.value or 0.0), skill.name))[:KIT_SIZE]
    if not held:
        return None
    damage = np.array([[skill.full_damage or skill.damage_per_use.value or 0.0 for skill in held]])
    cast = np.array([skill.cast_s for skill in held], float)
    ready = np.maximum(cast, [[skill.cooldown.seconds or 0.0 for skill in held]])
    kills = sum(float(t.column("kills").sum()) for t in history.targets.values())
    dealt = sum(float(t.column("damage")[t.column("kills") > 0].sum()) for t in history.targets.values())
    idle = float(history.column("active_s").sum() - history.column("encounter_s").sum())
    health = dealt / kills if kills and dealt else None
    seen = Kit(damage, cast, ready, health, max(0.0, idle / kills) if kills else 0.0)
    never_passed = np.array([skill.never_passed for skill in held])
    return Guess(tuple(held), never_passed & ~seen.always_ready()[0], seen)


def _relative_error(skill: Skill) -> float:
    figure = skill.damage_per_use
    return (figure.se or 0.0) / figure.value if figure.value else 0.0
