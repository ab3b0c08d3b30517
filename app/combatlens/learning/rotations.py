"""Sequences the user plays, the rotation that would pay most, and what each skill is worth to it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from msgspec import Struct

from combatlens.learning.confidence import HIGH_STAKE, LIKELY, MEDIUM_STAKE, confidence
from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.history import GramTotals, History, skills_of
from combatlens.learning.intervals import Estimate, mean_interval, pooled, ratio, two_sided_p
from combatlens.learning.rotation_model import Kit, Order, best_filler, best_order, follow, near
from combatlens.learning.skills import Skill

LEAST_COUNT = 10
"""A sequence seen less often is not judged."""

SHOWN = 20
KIT_SIZE = 10
DRAWS = 100


class Plan(Struct, frozen=True, kw_only=True):
    """The recommended rotation. Damage per second of fighting; `gain` is relative to what the user does now."""

    skills: tuple[str, ...] = ()
    filler: str | None = None
    filler_assumed: bool = False
    """Nothing was ever seen used again at once; the filler is the best one of which it may be so."""

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


def preferred(history: History) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """The sequence that covers most uses inside fights, of equal ones the shorter."""
    if not history.grams:
        return (), None
    key, totals = min(history.grams.items(), key=lambda item: (-_covered(*item), len(skills_of(item[0])), item[0]))
    uses = float(history.column("uses").sum())
    figure = ratio(totals.rate)
    return skills_of(key), {
        "count": totals.count,
        "sessions": totals.sessions,
        "uses_covered": _covered(key, totals),
        "share_of_uses": _covered(key, totals) / uses if uses else None,
        "damage_per_second": figure.value,
        "ci": figure.ci,
        "confidence": confidence(totals.count, figure),
    }


def _covered(key: str, totals: GramTotals) -> int:
    return totals.count * len(skills_of(key))


def sequences(history: History) -> list[dict[str, Any]]:
    """The judged sequences, best lift first: `q` is the p value of 'no better or worse than all sequences of its length
    at these targets', corrected over all judged ones (Benjamini–Hochberg)."""
    judged = [(skills_of(key), totals) for key, totals in sorted(history.grams.items()) if totals.count >= LEAST_COUNT]
    lifts = [_over(totals, totals.expected) for _, totals in judged]
    ps = [_p_like_others(totals) for _, totals in judged]
    rows = [
        _sequence_row(names, totals, lift, q)
        for (names, totals), lift, q in zip(judged, lifts, benjamini_hochberg(ps), strict=True)
    ]
    rows.sort(key=lambda row: (row["q"] > 0.05, -(row["lift"] or 0.0), -row["count"]))
    return rows[:SHOWN]


def _sequence_row(names: tuple[str, ...], totals: GramTotals, lift: Estimate, q: float) -> dict[str, Any]:
    figure = ratio(totals.rate)
    return {
        "skills": list(names),
        "count": totals.count,
        "success_rate": totals.clean / totals.count,
        "damage_per_second": figure.value,
        "ci": figure.ci,
        "lift": lift.value,
        "lift_ci": lift.ci,
        "q": q,
    }


def _p_like_others(totals: GramTotals) -> float:
    """That its damage is what all sequences of its length do. The larger of their spread and its own counts."""
    own = _over(totals, totals.alike)
    if own.value is None or own.se is None:
        return 1.0
    return two_sided_p(own.value - 1, max(own.se, sqrt(totals.variance) / totals.alike), own.df)


def _over(totals: GramTotals, expected: float) -> Estimate:
    """Damage of the sequence / what is expected in its time."""
    if expected <= 0 or totals.rate.x <= 0:
        return Estimate()
    return ratio(totals.rate).times(totals.rate.x / expected)


class Guess(Struct, frozen=True):
    """What the user can do, as far as it was seen: the judged skills that do damage, and the kits that may be true.

    The first kit takes the shortest gaps seen for cooldowns. A skill that was always used again as soon as the user's
    own order came to it may have none: where there are such skills, a second kit holds them to be ready always.
    """

    held: tuple[Skill, ...]
    kits: tuple[Kit, ...]
    filler_assumed: bool = False


def guess(history: History, table: Sequence[Skill]) -> Guess | None:
    """None where no skill can be judged yet."""
    held = [skill for skill in table if skill.needs == 0 and _rate(skill) > 0.0]
    held = sorted(held, key=lambda skill: (-_rate(skill), skill.name))[:KIT_SIZE]
    if not held:
        return None
    damage = np.array([skill.damage_per_use.value or 0.0 for skill in held])
    cast = np.array([_cast(skill) for skill in held])
    seen = np.maximum(cast, [skill.cooldown.seconds or 0.0 for skill in held])
    hoped = np.where([skill.always_soonest for skill in held], cast, seen)
    kills = sum(float(t.column("kills").sum()) for t in history.targets.values())
    dealt = sum(float(t.column("damage")[t.column("kills") > 0].sum()) for t in history.targets.values())
    idle = float(history.column("active_s").sum() - history.column("encounter_s").sum())
    health = dealt / kills if kills and dealt else None
    pause = max(0.0, idle / kills) if kills else 0.0
    filler = best_filler(damage, cast, seen)
    assumed = filler < 0
    if assumed:
        filler = best_filler(damage, cast, hoped)
    kits = [Kit(damage, cast, seen, health, pause, filler)]
    if (hoped < seen).any():
        kits.append(Kit(damage, cast, hoped, health, pause, filler))
    return Guess(tuple(held), tuple(kits), assumed and filler >= 0)


def _rate(skill: Skill) -> float:
    return skill.damage_per_second.value or 0.0


def _cast(skill: Skill) -> float:
    """Seconds a use takes: seen, else what its damage per second implies."""
    if skill.cast_s:
        return skill.cast_s
    return (skill.damage_per_use.value or 0.0) / _rate(skill)


def plan(history: History, table: Sequence[Skill]) -> Plan:
    """The rotation with the best expected damage per second, cooldowns kept; an empty one where too little is known.

    `expected` is by the cooldowns that were seen: what is only hoped for is not promised.
    """
    made = guess(history, table)
    if made is None:
        return Plan()
    held, kits = made.held, made.kits
    order = best_order(kits)
    expected = _expected(kits[0], held, order)
    usual = pooled(history.sessions.moments("damage_rate"))
    sure = min(confidence(held[i].uses, held[i].damage_per_use) for i in set(order))
    return Plan(
        skills=tuple(held[i].name for i in order) if sure >= LIKELY else (),
        filler=held[kits[0].filler].name if kits[0].filler >= 0 else None,
        filler_assumed=made.filler_assumed,
        untried=tuple(s.name for i, s in enumerate(held) if kits[-1].ready[i] < kits[0].ready[i]),
        hoped=float(follow(kits[-1], [order])[0]),
        expected=expected,
        usual=usual,
        gain=_gain(expected, usual),
        confidence=sure,
        costs=_costs(kits, held, order),
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


def _expected(kit: Kit, held: Sequence[Skill], order: Order) -> Estimate:
    """Its interval by drawing every skill's damage within its own standard error; the seed is fixed."""
    noise = np.random.default_rng(20260101).standard_normal((DRAWS, len(held)))
    errors = np.array([skill.damage_per_use.se or 0.0 for skill in held])
    drawn = follow(kit, [order] * DRAWS, damage=np.maximum(kit.damage + noise * errors, 0.0))
    df = max(1.0, min(held[i].damage_per_use.df for i in order))
    return mean_interval(float(follow(kit, [order])[0]), float(drawn.std(ddof=1)), df, floor=0.0)


def _gain(expected: Estimate, usual: Estimate) -> Estimate:
    """expected / usual - 1, by the delta method."""
    if not expected.value or not usual.value or expected.se is None or usual.se is None:
        return Estimate()
    quotient = expected.value / usual.value
    se = quotient * ((expected.se / expected.value) ** 2 + (usual.se / usual.value) ** 2) ** 0.5
    return mean_interval(quotient - 1, se, max(1.0, min(expected.df, usual.df)))


def _costs(kits: Sequence[Kit], held: Sequence[Skill], order: Order) -> dict[str, float]:
    """A skill that is not in the rotation, nor its filler, costs nothing when it is left out; another is made up for by
    the best order near what is left of the rotation."""
    value = float(follow(kits[0], [order])[0])
    costs: dict[str, float] = {}
    for i, skill in enumerate(held):
        if i not in order and i != kits[0].filler:
            costs[skill.name] = 0.0
        elif len(held) == 1:
            costs[skill.name] = 1.0
        else:
            rest = kits[0].without(i)
            left = float(follow(rest, near(tuple(j - (j > i) for j in order if j != i), len(held) - 1)).max())
            costs[skill.name] = max(0.0, 1.0 - left / value) if value else 0.0
    return costs


def priorities(costs: dict[str, float]) -> dict[str, str]:
    """high, medium, low: leaving it out would cost over 15 %, 5–15 %, under 5 % of the expected damage per second."""
    return {
        name: "high" if cost > HIGH_STAKE else "medium" if cost >= MEDIUM_STAKE else "low"
        for name, cost in sorted(costs.items(), key=lambda item: (-item[1], item[0]))
    }
