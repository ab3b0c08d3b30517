"""A deterministic world: the same seed and rules give the same facts, in simulated time and without waiting."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from random import Random

from combatlens.simulation.facts import AnyFact, Arrived, Did, Died, Earned, Killed, Looted, Used
from combatlens.simulation.fight import Fighter
from combatlens.simulation.models import Rules, Target

Span = Generator[AnyFact, None, float]
"""A stretch of play: yields its facts and returns the simulated second at which it ends."""


class World:
    """One character. Level and XP live on from session to session; `play` yields one session's facts in order."""

    def __init__(self, seed: int, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.level = self.rules.level
        self.xp = self.rules.xp
        self.need = self.rules.need
        self._random = Random(f"combatlens-world-{seed}")
        self._kills = 0
        self._fights = 0
        self._zone = self.rules.targets[0].zone

    def play(self, minutes: float) -> Iterator[AnyFact]:
        """The facts of a session of that many simulated minutes. `at` starts at 0 and never falls."""
        end = minutes * 60
        if self.rules.stall_after_s is not None:
            end = min(end, self.rules.stall_after_s)
        for fact in self._session():
            if fact.at >= end:
                return
            yield fact

    def _session(self) -> Iterator[AnyFact]:
        fighter = Fighter(self.rules, self._random)
        now = 0.0
        yield Arrived(at=now, zone=self._zone)
        while True:
            now = yield from self._spend("travel", now, self._random.uniform(*self.rules.travel_s))
            target = self._next_target()
            for fact in fighter.fight(target, now):
                now = fact.at
                yield fact
                if isinstance(fact, Used) and fact.xp:
                    yield self._earn(fact)
            if fighter.health <= 0:
                yield Died(at=now, cause=target.name)
                now += self.rules.dead_s / self.rules.build.tempo
            else:
                now = yield from self._spoils(target, now)
            fighter.recover()

    def _spoils(self, target: Target, now: float) -> Span:
        killed = Killed(at=now, target=target.name, zone=self._zone, xp=self._random.randint(*target.xp))
        self._kills += 1
        yield killed
        yield self._earn(killed)
        now = yield from self._spend("loot", now, 0.9)
        yield Looted(at=now, coins=self._random.randint(*target.coins))
        if self._kills % self.rules.zone_every == 0:
            now = yield from self._spend("travel", now, 4.0)
            zones = list(dict.fromkeys(known.zone for known in self.rules.targets))
            self._zone = zones[(zones.index(self._zone) + 1) % len(zones)]
            yield Arrived(at=now, zone=self._zone)
        if self._kills % self.rules.rest_every == 0:
            now = yield from self._spend("rest", now, self.rules.rest_s)
        return now

    def _spend(self, name: str, now: float, seconds: float) -> Span:
        """Something that takes its time; it is told when it is done."""
        seconds /= self.rules.build.tempo
        yield Did(at=now + seconds, name=name, duration_ms=round(seconds * 1000))
        return now + seconds

    def _next_target(self) -> Target:
        self._fights += 1
        rules = self.rules
        due = self._fights - rules.first_champion
        if rules.champion is not None and due >= 0 and due % rules.champion_every == 0:
            return rules.champion
        return self._random.choice([target for target in rules.targets if target.zone == self._zone])

    def _earn(self, cause: Used | Killed) -> Earned:
        self.xp += cause.xp
        if self.xp >= self.need:
            self.xp -= self.need
            self.level += 1
            self.need = round(self.need * self.rules.need_growth)
        return Earned(at=cause.at, amount=cause.xp, value=self.xp, needed=self.need, level=self.level, cause=cause)
