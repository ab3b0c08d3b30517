"""What following a rotation would do: many orders simulated side by side with expected damage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Column = NDArray[np.float64]
Order = tuple[int, ...]

HORIZON_S = 100.0
READY_WITHIN = 1.2
"""A skill is always ready when it can be used again within this many times the time that its use takes."""

_SLACK = 1e-6


class Kit(Struct, frozen=True):
    """What the user can do. Shape (skills,): expected `damage` of a use, misses included; `cast` seconds that a use
    takes; `ready` seconds from one use to the next possible one. `health`: damage that a target takes (None: it never
    dies); `pause`: seconds from a kill to the next fight."""

    damage: Column
    cast: Column
    ready: Column
    health: float | None = None
    pause: float = 0.0

    @property
    def always_ready(self) -> NDArray[np.bool_]:
        return self.ready <= self.cast * READY_WITHIN

    def filler(self) -> int:
        """The best skill by damage per second that is always ready; -1 where there is none."""
        rate = np.where(self.always_ready, self.damage / self.cast, -1.0)
        best = int(rate.argmax())
        return best if rate[best] >= 0 else -1


def follow(kit: Kit, orders: Sequence[Order], damage: Column | None = None, horizon: float = HORIZON_S) -> Column:
    """Damage per second of fighting when each order is followed (METRICS, 'Following a rotation'), shape (orders,).

    Its skills in order, again and again, from the first one at each new target; one on cooldown is passed over;
    when none is ready the filler, if there is one, else waiting. `damage`: one row an order, instead of the kit's.
    """
    rows = np.arange(len(orders))
    lengths = np.array([len(order) for order in orders])
    width = int(lengths.max())
    plan = np.array([(*order, *(order[:1] * (width - len(order)))) for order in orders])
    amount = np.broadcast_to(kit.damage, (len(orders), len(kit.damage))) if damage is None else damage
    filler = kit.filler()
    offsets = np.arange(width)
    outside = offsets[None, :] >= lengths[:, None]
    now, fought, dealt = (np.zeros(len(orders)) for _ in range(3))
    ready = np.zeros(amount.shape)
    place = np.zeros(len(orders), int)
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
            now[dead] += kit.pause
            left[dead] = kit.health
            place[dead] = 0
        going = fought < horizon
    return dealt / fought


def best_order(kit: Kit, start: Order | None = None, longest: int = 7) -> tuple[Order, float]:
    """The order with the most expected damage per second, and that figure: steepest ascent over neighbours.

    It begins at `start`, else at the best of the skills by damage per second, taken at every length.
    """
    count = len(kit.damage)
    rank = np.argsort(-(kit.damage / kit.cast), kind="stable").tolist()
    starts = [start] if start else [tuple(rank[:length]) for length in range(1, min(longest, count) + 1)]
    values = follow(kit, starts)
    seen = dict(zip(starts, values.tolist(), strict=True))
    best, value = _best(seen)
    while True:
        fresh = [order for order in _neighbours(best, count, longest) if order not in seen]
        if fresh:
            seen.update(zip(fresh, follow(kit, fresh).tolist(), strict=True))
        better, higher = _best(seen)
        if higher <= value * (1 + 1e-9):
            return best, value
        best, value = better, higher


def _best(seen: dict[Order, float]) -> tuple[Order, float]:
    """The highest; of equal ones (within a millionth) the shortest, so that no idle skill is carried along."""
    top = max(seen.values())
    order = min((order for order, value in seen.items() if value >= top * (1 - 1e-6)), key=lambda o: (len(o), o))
    return order, seen[order]


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
