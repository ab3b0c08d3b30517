"""The rotation that would pay most, and what each skill is worth to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
from msgspec import Struct
from scipy import special

from combatlens.learning.confidence import HIGH_STAKE, LIKELY, MEDIUM_STAKE, confidence
from combatlens.learning.history import History
from combatlens.learning.intervals import Estimate, pooled
from combatlens.learning.rotation_model import Column, Rotation, best_rotation, fillers_of, follow_some, instead_of
from combatlens.learning.rotation_worlds import Guess, guess
from combatlens.learning.skills import Skill

WORLDS, WORLDS_IF_SURE, WORLDS_TO_JUDGE = 24, 6, 100
"""In how many worlds rotations are compared; the same where no cooldown is open; where the best one is judged."""

MODEL_ERROR = 0.02
"""How far the model is off even where all is known: its standard deviation (`make bench ARGS=learning`)."""


class Plan(Struct, frozen=True, kw_only=True):
    """The recommended rotation. Damage per second of fighting; `gain` is relative to what the user does now."""

    skills: tuple[str, ...] = ()
    filler: str | None = None
    filler_assumed: bool = False
    """It was never seen used again at once, nor on cooldown: it may be always ready."""

    untried: tuple[str, ...] = ()
    """Skills that may be ready sooner than was ever seen."""

    hoped: float | None = None
    """Damage per second if they are."""

    expected: Estimate = Estimate()
    usual: Estimate = Estimate()
    gain: Estimate = Estimate()
    confidence: float = 0.0
    costs: dict[str, float] = {}
    """Skill -> share of the expected damage per second that leaving it out would cost."""


def plan(history: History, table: Sequence[Skill]) -> Plan:
    """The rotation with the best expected damage per second, cooldowns kept; an empty one where too little is known."""
    made = guess(history, table)
    if made is None:
        return Plan()
    held = made.held
    kit = made.worlds(WORLDS if made.open.any() else WORLDS_IF_SURE)
    usual = pooled(history.sessions.moments("damage_rate"))
    best = best_rotation(kit, usual.value or 0.0)
    done, hoped, costs = _played(made, best)
    expected, gain = _judged(made, done, usual.value)
    sure = confidence(sum(held[i].uses for i in set(best.order)), expected)
    return Plan(
        skills=tuple(held[i].name for i in best.order) if sure >= LIKELY else (),
        filler=held[best.filler].name if best.filler >= 0 else None,
        filler_assumed=best.filler >= 0 and bool(made.open[best.filler]),
        untried=tuple(held[i].name for i in np.flatnonzero(made.open)),
        hoped=hoped,
        expected=expected,
        usual=usual,
        gain=gain,
        confidence=sure,
        costs=costs,
    )


def experiments(advice: Plan) -> list[dict[str, Any]]:
    """What is worth a try, because nobody knows: skills that may be ready sooner than they were ever used again, and
    what the recommended rotation would do then. No advice: the gain is a hope."""
    if not advice.untried or not advice.expected.value or advice.hoped is None:
        return []
    if advice.hoped <= advice.expected.value * (1 + MEDIUM_STAKE):
        return []
    first = advice.untried[0]
    return [
        {
            "skills": list(advice.untried),
            "text": f"use {first} twice in a row once: it was never used again sooner than your order came to it",
            "damage_per_second_now": advice.expected.value,
            "damage_per_second_if_ready": advice.hoped,
        }
    ]


def _played(made: Guess, best: Rotation) -> tuple[Column, float, dict[str, float]]:
    """Its damage per second in each of the worlds to judge it in, and if no open skill has a cooldown; and what leaving
    out each skill would cost.

    A skill that is not in the rotation, nor its filler, costs nothing when it is left out; another is made up for by
    the best rotation near what is left.
    """
    few = made.worlds(WORLDS_IF_SURE)
    kit = made.worlds(WORLDS_TO_JUDGE).beside(made.hoped()).beside(few)
    count, fillers = len(made.held), fillers_of(few)
    needed = [i for i in range(count) if count > 1 and (i in best.order or i == best.filler)]
    instead = [instead_of(best, i, count, fillers) for i in needed]
    rotations = [best, *chain(*instead)]
    judged, pairs = WORLDS_TO_JUDGE + 1, np.arange(len(rotations) * WORLDS_IF_SURE)
    of_rotation = np.concatenate([np.zeros(judged, np.int64), pairs // WORLDS_IF_SURE])
    of_world = np.concatenate([np.arange(judged), judged + pairs % WORLDS_IF_SURE])
    done = follow_some(kit, rotations, of_rotation, of_world)
    means = done[judged:].reshape(len(rotations), WORLDS_IF_SURE).mean(axis=1)
    ends = accumulate((len(others) for others in instead), initial=1)
    left = {i: float(means[begin:end].max()) for i, (begin, end) in zip(needed, pairwise(ends), strict=True)}
    costs = {i: max(0.0, 1.0 - rest / float(means[0])) if means[0] else 0.0 for i, rest in left.items()}
    told = {skill.name: 1.0 if count == 1 else costs.get(i, 0.0) for i, skill in enumerate(made.held)}
    return done[:WORLDS_TO_JUDGE], float(done[WORLDS_TO_JUDGE]), told


def _judged(made: Guess, followed: Column, usual: float | None) -> tuple[Estimate, Estimate]:
    """Damage per second and the gain on what the user does: the mean over many worlds, and where 95 % of them lie.

    A skill that does more than was seen does so in the user's own way too.
    """
    shares = (np.arange(WORLDS_TO_JUDGE) + 0.5) / WORLDS_TO_JUDGE
    slips = np.random.default_rng(20260102).permutation(special.ndtri(shares))
    done = followed * (1 + MODEL_ERROR * slips)
    if not usual:
        return _spread(done), Estimate()
    parts = np.array([skill.damage for skill in made.held])
    own = usual * (made.worlds(WORLDS_TO_JUDGE).damage / made.seen.damage) @ (parts / parts.sum())
    return _spread(done), _spread(done / own - 1)


def _spread(drawn: Column) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Estimate(float(drawn.mean()), low, high)


def priorities(costs: dict[str, float]) -> dict[str, str]:
    """high, medium, low: leaving it out would cost over 15 %, 5–15 %, under 5 % of the expected damage per second."""
    return {
        name: "high" if cost > HIGH_STAKE else "medium" if cost >= MEDIUM_STAKE else "low"
        for name, cost in sorted(costs.items(), key=lambda item: (-item[1], item[0]))
    }
