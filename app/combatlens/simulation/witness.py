"""Who tells of which fact: a real bot knows what it does, a combat log what is written on the screen.

Where two sources tell of one fact, CombatLens must count it once; where only one does, it must not be lost. A fact
that only one source tells stands alone: no fact of the same skill and target lies near, so its source is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from random import Random

from msgspec import Struct

from combatlens.simulation.facts import AnyFact, Arrived, Did, Died, Earned, Killed, Used
from combatlens.simulation.models import ATTACK


class Sighting(Struct, frozen=True):
    """A fact, and who tells of it."""

    fact: AnyFact
    bot: bool
    log: bool


def witnessed(facts: Sequence[AnyFact], *, seed: int, apart_s: float, one_sided: float = 0.35) -> list[Sighting]:
    """Give each fact its witnesses. `apart_s`: simulated seconds within which two equal facts could be mistaken.

    `one_sided`: the share of such lone facts that only the bot or only the log tells of.
    """
    random = Random(f"combatlens-witness-{seed}")
    lone = _lone(facts, apart_s)
    told: dict[int, Sighting] = {}
    sightings = []
    for index, fact in enumerate(facts):
        if isinstance(fact, Earned):
            sighting = Sighting(fact, bot=False, log=told[id(fact.cause)].log)
        elif isinstance(fact, Arrived | Did):
            sighting = Sighting(fact, bot=True, log=False)
        elif isinstance(fact, Used) and fact.skill == ATTACK:
            sighting = Sighting(fact, bot=False, log=True)  # nobody presses a key for an automatic attack
        elif isinstance(fact, Used | Killed | Died):
            alone = index in lone and random.random() < one_sided
            by_bot = not alone or random.random() < 0.5
            sighting = Sighting(fact, bot=by_bot, log=not alone or not by_bot)
        else:
            sighting = Sighting(fact, bot=False, log=True)
        told[id(fact)] = sighting
        sightings.append(sighting)
    return sightings


def _lone(facts: Sequence[AnyFact], apart_s: float) -> set[int]:
    """Indices of the facts with no equal one within `apart_s`."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index, fact in enumerate(facts):
        if isinstance(fact, Used):
            groups["use", fact.skill, fact.target].append(index)
        elif isinstance(fact, Killed):
            groups["kill", fact.target].append(index)
        elif isinstance(fact, Died):
            groups["death"].append(index)
    lone = set()
    for members in groups.values():
        times = [facts[index].at for index in members]
        for place, index in enumerate(members):
            before = place == 0 or times[place] - times[place - 1] > apart_s
            after = place + 1 == len(times) or times[place + 1] - times[place] > apart_s
            if before and after:
                lone.add(index)
    return lone
