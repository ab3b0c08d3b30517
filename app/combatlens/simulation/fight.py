"""One character fighting: which skill, what it hits for, what bites back."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from combatlens.simulation.facts import AnyFact, Hurt, Ticked, Used
from combatlens.simulation.models import Rules, Skill, Target


class Fighter:
    """Health and cooldowns of the character. Lower `tempo` of the build stretches everything alike."""

    def __init__(self, rules: Rules, random: Random) -> None:
        self.health = rules.health
        self._rules = rules
        self._random = random
        self._stretch = 1 / rules.build.tempo
        self._ready: dict[str, float] = {}

    def recover(self) -> None:
        """Rest between fights; after a death all health is back."""
        full = self._rules.health
        self.health = full if self.health <= 0 else min(full, self.health + full * self._rules.regenerates)

    def fight(self, target: Target, now: float) -> Iterator[AnyFact]:
        """Blows until one side is down. The last fact is the one that ended it."""
        health = target.health
        act_at, bite_at = now, now + self._random.uniform(0.3, 1.0) * target.bite_every_s * self._stretch
        ticks: list[Ticked] = []
        while health > 0 and self.health > 0:
            tick_at = ticks[0].at if ticks else float("inf")
            if tick_at <= min(act_at, bite_at):
                tick = ticks.pop(0)
                health -= tick.damage
                yield tick
            elif bite_at <= act_at:
                amount = self._random.randint(*target.bite)
                self.health -= amount
                yield Hurt(at=bite_at, source=target.name, amount=amount)
                bite_at += target.bite_every_s * self._stretch
            else:
                skill = self._choose(act_at)
                used = self._use(skill, target, act_at)
                health -= used.damage
                yield used
                if used.hit and skill.ticks:
                    ticks = self._poison(skill, target, act_at)
                act_at += skill.cast_s * self._stretch

    def _choose(self, now: float) -> Skill:
        """The strongest skill that is ready, mostly."""
        ready = [skill for skill in self._rules.build.skills if self._ready.get(skill.name, 0.0) <= now]
        if self._random.random() < self._rules.plan_kept:
            return max(ready, key=lambda skill: skill.damage[0] * skill.hit_chance / skill.cast_s)
        return self._random.choice(ready)

    def _use(self, skill: Skill, target: Target, now: float) -> Used:
        draw = self._random
        self._ready[skill.name] = now + skill.cooldown_s * self._stretch
        hit = draw.random() < skill.hit_chance
        critical = hit and draw.random() < skill.critical_chance
        strength = draw.gauss(*skill.damage) * self._rules.build.power * (1.75 if critical else 1.0)
        damage = max(1, round(strength)) if hit else 0
        xp = draw.randint(*skill.xp) if hit and skill.xp[1] else 0
        took = round(skill.cast_s * self._stretch * 1000)
        return Used(
            at=now, skill=skill.name, target=target.name, damage=damage, hit=hit, critical=critical,
            duration_ms=took, xp=xp,
        )  # fmt: skip

    def _poison(self, skill: Skill, target: Target, now: float) -> list[Ticked]:
        every = skill.tick_every_s * self._stretch
        return [
            Ticked(
                at=now + every * (i + 1), name=skill.tick, skill=skill.name, target=target.name,
                damage=self._random.randint(*skill.tick_damage),
            )
            for i in range(skill.ticks)
        ]  # fmt: skip
