"""What game, bot and demo agree on: one world, told in real time. A JSON file hands it to their processes."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from combatlens.simulation.models import DEMO_RULES, Rules
from combatlens.simulation.truth import Truth, tally
from combatlens.simulation.witness import Sighting, witnessed
from combatlens.simulation.world import World

MISTAKABLE_S = 8.0
"""Real seconds within which two equal facts of different sources could be taken for one."""

TITLE = "Emberfall"


class Stage(Struct, frozen=True, kw_only=True):
    """`minutes`: of play, in real time; the world runs `speed` times as fast.

    `starts_at`: Unix seconds of the first fact; 0 while the actors are still to wait. `window`: x, y, width, height
    of the game's client area, logical pixels.
    """

    seed: int
    minutes: float
    speed: float
    log_path: str
    home: str
    starts_at: float = 0.0
    rules: Rules = DEMO_RULES
    window: tuple[int, int, int, int] = (0, 0, 960, 540)

    def sightings(self) -> list[Sighting]:
        facts = list(World(self.seed, self.rules).play(self.minutes * self.speed))
        return witnessed(facts, seed=self.seed, apart_s=MISTAKABLE_S * self.speed)

    def wall(self, at: float) -> float:
        """Simulated second -> Unix seconds."""
        return self.starts_at + at / self.speed

    @property
    def ends_at(self) -> float:
        return self.starts_at + self.minutes * 60

    def truth(self) -> Truth:
        return tally(sighting.fact for sighting in self.sightings())

    def save(self, path: Path) -> None:
        """Whole or not at all: the actors may be reading."""
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        draft.replace(path)


def load_stage(path: Path) -> Stage:
    return msgspec.json.decode(path.read_bytes(), type=Stage)
