"""How often the 80 % interval of a goal's finishing time holds the truth, in worlds that are known.

A world plays sessions of log-normal length and XP after breaks that are exponential or a few times of the day. After
`history` sessions the forecast is asked; then the world is played on until the goal is reached. Rates rise by a
straight line with noise; a rate goal is reached when the mean of five sessions is there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from combatlens.learning.goal_forecast import Eta, Visit, forecast_rate, forecast_sum
from combatlens.learning.goals import RATE_SESSIONS

WORLDS = 150
DAY = 86_400.0
WANTED = (0.75, 0.85)
Rng = np.random.Generator


class World:
    """One player."""

    def __init__(self, rng: Rng, kind: int) -> None:
        self.rng = rng
        self.at = 1.7e9
        self.even = kind % 2 == 0
        self.length_sd, self.gain_sd = rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.8)
        self.slope, self.noise = rng.uniform(0.5, 3), rng.uniform(2, 15)
        self.played = 0

    @property
    def mean_gain(self) -> float:
        return 1000 * math.exp((self.length_sd**2 + self.gain_sd**2) / 2)

    def _visit(self, value: Callable[[float], float]) -> Visit:
        rng = self.rng
        gap = rng.exponential(DAY) if self.even else rng.choice([14, 22, 46, 70]) * 3600 * rng.uniform(0.8, 1.2)
        start = self.at + gap
        length = 5400 * rng.lognormal(0, self.length_sd)
        self.at = start + length
        self.played += 1
        return Visit(start, self.at, value(length))

    def gain(self) -> Visit:
        return self._visit(lambda length: 1000 * length / 5400 * self.rng.lognormal(0, self.gain_sd))

    def rate(self) -> Visit:
        return self._visit(lambda _: 100 + self.slope * self.played + self.rng.normal(0, self.noise))


def sum_goal(world: World, history: int, sessions_away: float) -> tuple[Eta | None, float]:
    """The forecast and the truth."""
    visits = [world.gain() for _ in range(history)]
    remaining = sessions_away * world.mean_gain
    said = forecast_sum(visits, remaining, world.at)
    while True:
        visit = world.gain()
        if visit.value >= remaining:
            return said, visit.start + ((visit.end or 0.0) - visit.start) * remaining / visit.value
        remaining -= visit.value


def rate_goal(world: World, history: int, sessions_away: float) -> tuple[Eta | None, float]:
    """The forecast and the truth."""
    visits = [world.rate() for _ in range(history)]

    def now() -> float:
        return float(np.mean([v.value for v in visits[-RATE_SESSIONS:]]))

    target = max(100 + world.slope * (history + sessions_away), now() + 1)
    said = forecast_rate(visits, target, down=False, window=RATE_SESSIONS, now=world.at)
    while now() < target:
        visits.append(world.rate())
    return said, visits[-1].end or 0.0


def main() -> None:
    print("goal  history  sessions away  said  held  too early  too late")
    for name, play, cases in (
        ("sum", sum_goal, [(h, a) for h in (5, 10, 20, 40) for a in (0.5, 3.0, 15.0, 300.0)]),
        ("rate", rate_goal, [(h, a) for h in (8, 12, 20, 40) for a in (8.0, 20.0)]),
    ):
        held_all = said_all = 0
        for history, away in cases:
            held = early = late = 0
            for number in range(WORLDS):
                rng = np.random.default_rng([history, int(away * 10), number])
                said, truth = play(World(rng, number), history, away)
                if said and said.interval:
                    early += truth < said.interval[0]
                    late += truth > said.interval[1]
                    held += said.interval[0] <= truth <= said.interval[1]
            told = early + late + held
            held_all, said_all = held_all + held, said_all + told
            shares = "  ".join(f"{x / max(told, 1):9.1%}" for x in (held, early, late))
            print(f"{name:4}  {history:7}  {away:13g}  {told / WORLDS:4.0%}  {shares}")
        share = held_all / said_all
        verdict = "as wanted" if WANTED[0] <= share <= WANTED[1] else "NOT as wanted"
        print(f"{name}: {share:.1%} of {said_all} intervals held the truth (wanted 75–85 %): {verdict}")


if __name__ == "__main__":
    main()
