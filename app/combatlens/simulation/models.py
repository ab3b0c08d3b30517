"""What the simulated world is made of: skills, targets, builds and the rules of play. All invented."""

from __future__ import annotations

from msgspec import Struct

ATTACK = "attack"
"""The automatic attack, as combat logs call it."""


class Skill(Struct, frozen=True, kw_only=True):
    """`damage`: mean and standard deviation of a hit. Times in seconds. `xp`: range of the XP a hit teaches."""

    name: str
    damage: tuple[float, float]
    hit_chance: float = 0.93
    critical_chance: float = 0.08
    cast_s: float = 1.3
    cooldown_s: float = 0.0
    xp: tuple[int, int] = (0, 0)
    tick: str = ""
    tick_damage: tuple[int, int] = (0, 0)
    ticks: int = 0
    tick_every_s: float = 2.0


class Target(Struct, frozen=True, kw_only=True):
    """`bite`: range of the damage of one of its hits, every `bite_every_s` seconds."""

    name: str
    zone: str
    health: float
    xp: tuple[int, int]
    bite: tuple[int, int]
    bite_every_s: float = 2.2
    coins: tuple[int, int] = (5, 40)


class Build(Struct, frozen=True, kw_only=True):
    """`power` multiplies damage. `tempo` is the speed of everything: 0.9 earns 10 % less XP an hour, on average."""

    name: str
    skills: tuple[Skill, ...]
    power: float = 1.0
    tempo: float = 1.0


SKILLS = (
    Skill(name=ATTACK, damage=(42, 7), hit_chance=0.88, cast_s=1.1),
    Skill(name="Cinder Arc", damage=(128, 18), hit_chance=0.92, cast_s=1.6, cooldown_s=6.0, xp=(3, 9)),
    Skill(name="Sunder", damage=(86, 12), hit_chance=0.95, cast_s=1.3, cooldown_s=4.0, critical_chance=0.15),
    Skill(
        name="Thorn Dart", damage=(34, 5), hit_chance=0.97, cast_s=0.9, cooldown_s=9.0,
        tick="poison", tick_damage=(14, 22), ticks=3,
    ),
    Skill(name="Wild Swing", damage=(150, 45), hit_chance=0.62, cast_s=1.9, cooldown_s=7.0),
)  # fmt: skip

TARGETS = (
    Target(name="dune rat", zone="Amber Flats", health=260, xp=(90, 130), bite=(8, 16)),
    Target(name="salt beetle", zone="Amber Flats", health=340, xp=(120, 170), bite=(10, 22)),
    Target(name="marsh stalker", zone="Hollow Fen", health=420, xp=(160, 230), bite=(14, 28)),
    Target(name="reed wisp", zone="Hollow Fen", health=300, xp=(110, 180), bite=(12, 24)),
)

CHAMPION = Target(name="ash warden", zone="", health=2_600, xp=(900, 1_200), bite=(190, 320), bite_every_s=1.6)
"""Met now and then, wherever the character is; it usually wins."""

FOCUSED = Build(name="focused", skills=SKILLS)
SLUGGISH = Build(name="sluggish", skills=SKILLS, tempo=0.9)
"""Worse than `FOCUSED` by 10 % of XP an hour, and by nothing else."""


class Rules(Struct, frozen=True, kw_only=True):
    """How the character plays. Times in seconds, `*_every` in kills. XP needed for a level grows by `need_growth`."""

    character: str = "Arden"
    mode: str = "grind"
    build: Build = FOCUSED
    targets: tuple[Target, ...] = TARGETS
    champion: Target | None = CHAMPION
    champion_every: int = 25
    first_champion: int = 25
    zone_every: int = 8
    rest_every: int = 10
    rest_s: float = 14.0
    travel_s: tuple[float, float] = (1.5, 4.5)
    dead_s: float = 12.0
    health: float = 900.0
    regenerates: float = 0.3
    level: int = 12
    xp: int = 0
    need: int = 4_000
    need_growth: float = 1.08
    plan_kept: float = 0.9
    """Chance that the best ready skill is used, else any ready one."""
    stall_after_s: float | None = None
    """From then on the bot does nothing any more, and nothing happens."""


DEMO_RULES = Rules(first_champion=5, champion_every=14, zone_every=6, rest_every=9, xp=2_600, need=3_500)
"""Enough happens within a minute: a level-up, a death, a change of zone, a rest."""
