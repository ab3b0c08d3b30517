"""What following a rotation would do: many orders simulated side by side with expected damage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Column = NDArray[np.float64]
Order = tuple[int, ...]

HORIZON_S = 80.0
LONGEST = 7
READY_WITHIN = 1.2
"""A skill is always ready when it can be used again within this many times the time that its use takes."""

_SLACK = 1e-6
_GOLDEN = 0.6180339887498949
_SWING = 0.8


class Kit(Struct, frozen=True):
    """What the user can do. Shape (skills,): expected `damage` of a use, misses included; `cast` seconds that a use
    takes; `ready` seconds from one use to the next possible one. `health`: damage that a target takes (None: it never
    dies); `pause`: seconds from a kill to the next fight. `filler`: what is used when nothing is ready; -1: none."""

    damage: Column
    cast: Column
    ready: Column
    health: float | None = None
    pause: float = 0.0
    filler: int = -1

    def without(self, skill: int) -> Kit:
        """The kit that lacks one skill."""
        keep = np.arange(len(self.damage)) != skill
        filler = -1 if self.filler == skill else self.filler - (self.filler > skill)
        return Kit(self.damage[keep], self.cast[keep], self.ready[keep], self.health, self.pause, filler)


def best_filler(damage: Column, cast: Column, ready: Column) -> int:
    """The best skill by damage per second that is always ready; -1 where there is none."""
    rate = np.where(ready <= cast * READY_WITHIN, damage / cast, -1.0)
    best = int(rate.argmax())
    return best if rate[best] >= 0 else -1


def follow(kit: Kit, orders: Sequence[Order], damage: Column | None = None, horizon: float = HORIZON_S) -> Column:
    """Damage per second of fighting when each order is followed (METRICS, 'Following a rotation'), shape (orders,).

    Its skills in order, again and again, from the first one at each new target; one on cooldown is passed over;
    when none is ready the filler, if there is one, else waiting. `damage`: one row an order, instead of the kit's.
    Targets' health varies about its mean, so that no order wins by an expected blow that just suffices.
    """
    rows = np.arange(len(orders))
    lengths = np.array([len(order) for order in orders])
    width = int(lengths.max())
    plan = np.array([(*order, *(order[:1] * (width - len(order)))) for order in orders])
    amount = np.broadcast_to(kit.damage, (len(orders), len(kit.damage))) if damage is None else damage
    filler = kit.filler
    offsets = np.arange(width)
    outside = offsets[None, :] >= lengths[:, None]
    now, fought, dealt = (np.zeros(len(orders)) for _ in range(3))
    ready = np.zeros(amount.shape)
    place, kills = np.zeros(len(orders), int), np.zeros(len(orders), int)
    left = np.full(len(orders), np.inf if kit.health is None else kit.health)
    going = np.ones(len(orders), bool)
    while going.any():
        places = (place[:, None] + offsets) % lengths[:, None]
        skills = plan[rows[:, None], places]
        times = np.where(outside, np.inf, ready[rows[:, None], skills])
        free = times <= now[:, None] + _SLACK
        chosen = free.argmax(axis=1)
        found = free[rows, chosen]
        skill = np.where(found, skills[rows, chosen], filler)
        wait = ~found
        if filler >= 0:
            wait &= ready[rows, filler] > now + _SLACK
        next_free = times.min(axis=1) if filler < 0 else np.minimum(times.min(axis=1), ready[:, filler])
        use = going & ~wait
        spent = np.where(going, np.where(wait, next_free - now, kit.cast[skill]), 0.0)
        hit = np.where(use, np.minimum(amount[rows, skill], left), 0.0)
        ready[rows[use], skill[use]] = (now + np.maximum(kit.ready[skill], kit.cast[skill]))[use]
        now += spent
        fought += spent
        dealt += hit
        left -= hit
        place = np.where(use & found, (place + chosen + 1) % lengths, place)
        dead = use & (left <= _SLACK)
        if dead.any() and kit.health is not None:
            kills[dead] += 1
            now[dead] += kit.pause
            left[dead] = kit.health * (1 + _SWING * ((kills[dead] * _GOLDEN) % 1 - 0.5))
            place[dead] = 0
        going = fought < horizon
    return dealt / fought


def value_of(kits: Sequence[Kit], orders: Sequence[Order]) -> Column:
    """The mean over the kits that may be true of what an order does, each as a share of what its skills could do."""
    total = np.zeros(len(orders))
    for kit in kits:
        total += follow(kit, orders) / float((kit.damage / kit.cast).max())
    return total / len(kits)


def best_order(kits: Sequence[Kit], longest: int = LONGEST) -> Order:
    """The order that does most in the mean over `kits` (those that may be true): steepest ascent over neighbours.

    It begins at the best of the skills by damage per second, taken at every length.
    """
    count = len(kits[0].damage)
    rank = np.argsort(-(kits[0].damage / kits[0].cast), kind="stable").tolist()
    starts = [tuple(rank[:length]) for length in range(1, min(longest, count) + 1)]
    seen = dict(zip(starts, value_of(kits, starts).tolist(), strict=True))
    best, value = _best(seen)
    while True:
        fresh = [order for order in sorted(_neighbours(best, count, longest)) if order not in seen]
        if fresh:
            seen.update(zip(fresh, value_of(kits, fresh).tolist(), strict=True))
        better, higher = _best(seen)
        if higher <= value * (1 + 1e-9):
            return best
        best, value = better, higher


def _best(seen: dict[Order, float]) -> tuple[Order, float]:
    """The highest; of equal ones (within a millionth) the shortest, so that no idle skill is carried along."""
    top = max(seen.values())
    order = min((order for order, value in seen.items() if value >= top * (1 - 1e-6)), key=lambda o: (len(o), o))
    return order, seen[order]


def near(order: Order, count: int, longest: int = LONGEST) -> list[Order]:
    """`order` and its neighbours, out of `count` skills; every single skill where it is empty."""
    found = _neighbours(order, count, longest) if order else {(skill,) for skill in range(count)}
    return sorted(found | ({order} if order else set()))


def _neighbours(order: Order, count: int, longest: int) -> set[Order]:
    """One skill exchanged, left out, put in, or moved."""
    found: set[Order] = set()
    size = len(order)
    for i in range(size):
        if size > 1:
            found.add(order[:i] + order[i + 1 :])
        for skill in range(count):
            found.add((*order[:i], skill, *order[i + 1 :]))
        for j in range(size):
            rest = order[:i] + order[i + 1 :]
            found.add((*rest[:j], order[i], *rest[j:]))
    if size < longest:
        for i in range(size + 1):
            for skill in range(count):
                found.add((*order[:i], skill, *order[i:]))
    return found
