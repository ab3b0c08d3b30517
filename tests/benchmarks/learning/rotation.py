"""Does the recommended rotation earn what the best one would, and never less than what the user did?"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from tests.benchmarks.learning.table import Row
from tests.learn_world import START, SkillTruth, TargetTruth, World, stats_of

from combatlens.learning.history import history_of
from combatlens.learning.insights import insights_of
from combatlens.learning.rotation_model import Kit, Rotation, follow
from combatlens.learning.rotations import sequences

ENOUGH = 0.95
"""Of what the best rotation earns."""

HOURS = 25.0
"""Played to see what an order earns: about 1 % of noise, the same for all orders."""


def random_world(rng: np.random.Generator) -> World:
    """4 to 6 skills, over half of them with a cooldown and then stronger. Of the users a third each play any ready
    skill; the strongest ready one nine times in ten; a rotation of chance."""
    count = int(rng.integers(4, 7))
    skills = []
    for i in range(count):
        cast = float(rng.choice([1.0, 1.5, 2.0, 2.5]))
        cooldown = 0.0 if i == 0 or rng.random() < 0.4 else float(rng.uniform(4, 20))
        strength = float(rng.uniform(30, 70)) * (1 + cooldown / 15)
        skills.append(SkillTruth(f"s{i}", strength * cast, cast, cooldown, float(rng.uniform(0.7, 0.98))))
    usual = rng.permutation(count).tolist()
    kind = int(rng.integers(3))
    policy = () if kind < 2 else tuple(f"s{i}" for i in usual)
    target = TargetTruth("wolf", float(rng.uniform(400, 2500)), 100.0)
    sense = 0.9 if kind == 1 else 0.0
    return World(skills=tuple(skills), targets=(target,), policy=policy, sense=sense, travel=float(rng.uniform(3, 10)))


def earn(world: World, order: list[int], filler: int, hours: float, rng: np.random.Generator) -> float:
    """Kills an hour when a rotation is followed in the words of METRICS; an empty order is the user's own way."""
    skills, target = world.skills, world.targets[0]
    own = [int(name[1:]) for name in world.policy]
    ready = [0.0] * len(skills)
    now, kills, end = 0.0, 0, hours * 3600
    while now < end:
        now += float(rng.gamma(4.0, world.travel / 4.0))
        left, place = target.health, 0
        while left > 0 and now < end:
            plan = order or own
            choice = -1
            if not plan:
                free = [i for i, at in enumerate(ready) if at <= now + 1e-9]
                choice = free[int(rng.integers(len(free)))] if free else -1
                if free and world.sense and rng.random() < world.sense:
                    choice = max(free, key=lambda i: skills[i].mean_damage / skills[i].cast)
            for step in range(len(plan)):
                i = plan[(place + step) % len(plan)]
                if ready[i] <= now + 1e-9:
                    choice, place = i, (place + step + 1) % len(plan)
                    break
            if choice < 0 and order and filler >= 0 and ready[filler] <= now + 1e-9:
                choice = filler
            if choice < 0:
                now = min(ready[i] for i in {*plan, *([filler] if order and filler >= 0 else [])} or range(len(ready)))
                continue
            skill = skills[choice]
            ready[choice] = now + max(skill.cooldown, skill.cast)
            now += skill.cast
            if rng.random() < skill.hit:
                left -= rng.normal(skill.damage, skill.damage * skill.spread)
        kills += left <= 0
    return kills / hours


def best_of_all(world: World) -> Rotation:
    """The best by the truth: of all orders of 3 and more skills, with the best skill that is always ready as filler."""
    damage = np.array([skill.mean_damage for skill in world.skills])
    cast = np.array([skill.cast for skill in world.skills])
    ready = np.maximum(cast, [skill.cooldown for skill in world.skills])
    kit = Kit(damage[None], cast, ready[None], world.targets[0].health, world.travel)
    filler = int(np.where(kit.always_ready()[0], damage / cast, -1.0).argmax())
    count = len(world.skills)
    every = [Rotation(p, filler) for n in range(3, count + 1) for p in permutations(range(count), n)]
    return every[int(follow(kit, every, horizon=300.0).argmax())]


USERS = ("users who play any ready skill", "users who mostly play the strongest ready", "users of one fixed order")


def damage_per_second(world: World, kills: float) -> float:
    """Of fighting, from kills an hour."""
    return world.targets[0].health / (3600.0 / kills - world.travel)


def rotation(worlds: int, seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    shares: dict[str, list[float]] = {user: [] for user in USERS}
    against_own, none = [], 0
    held: list[bool] = []
    for number in range(worlds):
        world = random_world(rng)
        user = USERS[2] if world.policy else USERS[1] if world.sense else USERS[0]
        found = insights_of(history_of([stats_of(world, 30.0, rng)]), START)["build_recommendations"]
        low, high = found["evidence"]["recommended_rotation"]["expected_gain_ci"]
        order = [int(name[1:]) for name in found["recommended_rotation"]]
        best = best_of_all(world)
        filler = int(found["filler_skill"][1:]) if found["filler_skill"] else -1
        top = earn(world, list(best.order), best.filler, HOURS, np.random.default_rng(number))
        own = earn(world, [], -1, HOURS, np.random.default_rng(number))
        none += not order
        got = earn(world, order, filler, HOURS, np.random.default_rng(number)) if order else own
        shares[user].append(got / top)
        against_own.append(got / own)
        if order:
            held.append(low <= damage_per_second(world, got) / damage_per_second(world, own) - 1 <= high)
    every_share = [share for found in shares.values() for share in found]
    rows = [Row(f"  of them {user}", "", _share(found)) for user, found in shares.items() if found]
    worse = int(sum(ratio < 0.98 for ratio in against_own))
    return [
        Row(f"recommended rotation, worlds of seed {seed}:", "", ""),
        Row("recommended rotation earns 95 % of the best", "95 of 100", _share(every_share),
            sum(share >= ENOUGH for share in every_share) >= 0.95 * worlds),
        *rows,
        Row("recommended rotation: worse than what the user did (by over 2 %)", "1 of 100",
            f"{worse} of {worlds} (median gain {np.median(against_own) - 1:+.1%})", worse <= 0.01 * worlds),
        Row("the interval of its expected gain contains the truth", "93–97 %",
            f"{np.mean(held):.1%} of {len(held)}", float(np.mean(held)) >= 0.93),
        Row("worlds in which nothing was recommended (the user's own way counted)", "", f"{none} of {worlds}"),
    ]  # fmt: skip


def _share(shares: list[float]) -> str:
    good = sum(share >= ENOUGH for share in shares)
    return f"{good} of {len(shares)} (mean {np.mean(shares):.1%}, least {min(shares):.1%})"


def false_sequences(worlds: int) -> Row:
    """All skills alike, used by chance: no sequence is better than another."""
    rng = np.random.default_rng(32)
    alike = World(
        skills=tuple(SkillTruth(f"s{i}", 100.0, 1.5, hit=0.9) for i in range(4)),
        targets=(TargetTruth("wolf", 1500.0, 100.0),),
    )
    any_found = sum(
        any(row["q"] <= 0.05 for row in sequences(history_of([stats_of(alike, 40.0, rng)]))) for _ in range(worlds)
    )
    return Row("sequences called better or worse where all are alike: worlds with any", "at most 5 %",
               f"{any_found / worlds:.1%} of {worlds}", any_found / worlds <= 0.05)  # fmt: skip
