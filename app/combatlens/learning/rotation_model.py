"""What following a rotation would do: many of them simulated side by side, in every world that may be the true one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Column = NDArray[np.float64]
Numbers = NDArray[np.int64]
Order = tuple[int, ...]

HORIZON_S = 80.0
MOST_USES = 400
LONGEST = 7
READY_WITHIN = 1.2
"""A skill is always ready when it can be used again within this many times the time that its use takes."""

NO_FILLER = -1
AVERSION = 4.0
"""So many times as much as a gain counts what a rotation does less than the user's own way."""

STEP = 0.003
"""What each skill of an order must add, as a share of what could be done: what adds nothing is not carried along."""

_SLACK = 1e-6
_GOLDEN = 0.6180339887498949
_SWING = 0.8


class Rotation(Struct, frozen=True):
    """Skills in order, and what is used when none of them is ready."""

    order: Order
    filler: int = NO_FILLER


class Kit(Struct, frozen=True):
    """What the user can do, in each of the worlds that may be the true one: expected `damage` of a use, misses
    included, and `ready` seconds from one use to the next possible one, shape (worlds, skills); `cast` seconds that a
    use takes, shape (skills,). `health`: damage that a target takes (None: it never dies); `pause`: seconds from a
    kill to the next fight."""

    damage: Column
    cast: Column
    ready: Column
    health: float | None = None
    pause: float = 0.0

    def beside(self, other: Kit) -> Kit:
        """The same skills in the worlds of both."""
        damage, ready = np.vstack([self.damage, other.damage]), np.vstack([self.ready, other.ready])
        return Kit(damage, self.cast, ready, self.health, self.pause)

    def always_ready(self) -> NDArray[np.bool_]:
        """Shape (worlds, skills)."""
        found: NDArray[np.bool_] = self.ready <= self.cast * READY_WITHIN
        return found


def follow(kit: Kit, rotations: Sequence[Rotation], horizon: float = HORIZON_S) -> Column:
    """Damage per second of fighting when each rotation is followed (METRICS, 'Following a rotation'), shape
    (rotations, worlds).

    Its skills in order, again and again, from the first one at each new target; one on cooldown is passed over;
    when none is ready the filler, if there is one, else waiting. Damage is the expected one of each use; targets'
    health varies about its mean, so that no rotation wins by an expected blow that just suffices.
    """
    worlds = len(kit.damage)
    of_rotation, of_world = np.divmod(np.arange(len(rotations) * worlds), worlds)
    return follow_some(kit, rotations, of_rotation, of_world, horizon).reshape(len(rotations), worlds)


def follow_some(
    kit: Kit, rotations: Sequence[Rotation], of_rotation: Numbers, of_world: Numbers, horizon: float = HORIZON_S
) -> Column:
    """As `follow`, for pairs of a rotation and a world, shape (pairs,): what is asked at once costs little more than
    the longest of it."""
    count = kit.damage.shape[1]
    width = max(len(rotation.order) for rotation in rotations)
    never = count  # stands where an order is shorter than the longest, and for no filler
    plans = np.array([_from_every_place(rotation, width, never) for rotation in rotations]).reshape(-1, width + 1)
    rows = np.arange(len(of_rotation))
    first_place = of_rotation * width
    lengths = np.array([len(rotation.order) for rotation in rotations])[of_rotation]
    damage, again = kit.damage.ravel(), np.maximum(kit.ready, kit.cast).ravel()
    ready = np.zeros((len(rows), count + 1))
    ready[:, never] = np.inf
    times, base, first_skill = ready.ravel(), rows * (count + 1), of_world * count
    bases, of_plan = base[:, None], rows * (width + 1)
    now, fought, dealt = (np.zeros(len(rows)) for _ in range(3))
    place, kills = np.zeros(len(rows), int), np.zeros(len(rows), int)
    left = np.full(len(rows), np.inf if kit.health is None else kit.health)
    for _ in range(MOST_USES):
        going = fought < horizon
        if not going.any():
            break
        skills = plans.take(first_place + place, axis=0)
        at = times.take(skills + bases)
        begin = np.maximum(now, at.min(axis=1))
        chosen = (at <= (begin + _SLACK)[:, None]).argmax(axis=1)
        skill = skills.ravel().take(of_plan + chosen)
        use = first_skill + skill
        end = begin + kit.cast.take(skill)
        hit = np.minimum(damage.take(use), left)
        times[base + skill] = begin + again.take(use)
        fought += (end - now) * going
        dealt += hit * going
        left -= hit
        now = end
        place = np.where(chosen < width, (place + chosen + 1) % lengths, place)
        dead = (left <= _SLACK).nonzero()[0]
        if len(dead):
            kills[dead] += 1
            now[dead] += kit.pause
            left[dead] = (kit.health or 0.0) * (1 + _SWING * ((kills[dead] * _GOLDEN) % 1 - 0.5))
            place[dead] = 0
    done: Column = dealt / fought
    return done


def _from_every_place(rotation: Rotation, width: int, never: int) -> list[list[int]]:
    """For each place in the order: the skills from there on, `never` up to `width`, and the filler."""
    order = rotation.order
    rest = [*[never] * (width - len(order)), rotation.filler if rotation.filler >= 0 else never]
    rolled = [[*order[place:], *order[:place], *rest] for place in range(len(order))]
    return rolled + [rolled[0]] * (width - len(order))


def best_rotation(kit: Kit, usual: float = 0.0, longest: int = LONGEST) -> Rotation:
    """The rotation that does most in the mean over the kit's worlds: steepest ascent over neighbours.

    Each world counts by what its skills could do, and less where the user's own way, which does `usual` damage per
    second, does more. It begins at the best of the skills by damage per second, taken at every length.
    """
    count = len(kit.cast)
    rank = np.argsort(-(kit.damage.mean(axis=0) / kit.cast), kind="stable").tolist()
    fillers = fillers_of(kit)
    seen: dict[Rotation, float] = {}
    fresh = [Rotation(tuple(rank[:n]), filler) for n in range(1, min(longest, count) + 1) for filler in fillers]
    best: Rotation | None = None
    while True:
        asked = [rotation for rotation in fresh if rotation not in seen]
        if asked:
            seen.update(zip(asked, _worth(kit, asked, usual), strict=True))
        better = max(seen, key=lambda rotation: seen[rotation])
        if best is not None and seen[better] <= seen[best]:
            return best
        best = better
        fresh = _neighbours(best, range(count), fillers, longest)


def fillers_of(kit: Kit) -> list[int]:
    """Skills that may be always ready, the best first, and none: of equal rotations the first one tried is taken."""
    worth = (kit.always_ready() * kit.damage).mean(axis=0) / kit.cast
    return [*(skill for skill in np.argsort(-worth, kind="stable").tolist() if worth[skill] > 0), NO_FILLER]


def instead_of(
    rotation: Rotation, skill: int, count: int, fillers: Sequence[int], longest: int = LONGEST
) -> list[Rotation]:
    """What is left of it without one of the `count` skills, and its neighbours; every single other skill where nothing
    is left."""
    order = tuple(i for i in rotation.order if i != skill)
    rest = Rotation(order, NO_FILLER if rotation.filler == skill else rotation.filler)
    others = [i for i in range(count) if i != skill]
    if order:
        return [rest, *_neighbours(rest, others, [i for i in fillers if i != skill], longest)]
    return [Rotation((i,), rest.filler) for i in others]


def _worth(kit: Kit, rotations: Sequence[Rotation], usual: float) -> list[float]:
    done = follow(kit, rotations)
    could = (kit.damage / kit.cast).max(axis=1)
    short = np.maximum(usual - done, 0.0)
    steps = np.array([len(rotation.order) for rotation in rotations])
    worth: list[float] = (((done - AVERSION * short) / could).mean(axis=1) - STEP * steps).tolist()
    return worth


def _neighbours(rotation: Rotation, skills: Sequence[int], fillers: Sequence[int], longest: int) -> list[Rotation]:
    """One skill exchanged, left out, put in, or moved; another filler, the old one put last in the order or not."""
    order, size, filler = rotation.order, len(rotation.order), rotation.filler
    found: set[Order] = set()
    for i in range(size):
        rest = order[:i] + order[i + 1 :]
        if rest:
            found.add(rest)
        found.update((*order[:i], skill, *order[i + 1 :]) for skill in skills)
        found.update((*rest[:j], order[i], *rest[j:]) for j in range(size))
    if size < longest:
        found.update((*order[:i], skill, *order[i:]) for i in range(size + 1) for skill in skills)
    orders = {order, (*order, filler)} if filler >= 0 and filler not in order and size < longest else {order}
    others = [Rotation(one, other) for one in sorted(orders) for other in fillers if other != filler]
    return [*(Rotation(one, filler) for one in sorted(found)), *others]
