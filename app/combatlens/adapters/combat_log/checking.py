"""`profiles check P FILE`: what of a log a profile understands, what not, and the totals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from msgspec import Struct

from combatlens.adapters.combat_log.lines import line_blocks
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.adapters.combat_log.shapes import shape_of
from combatlens.domain.profile import GameProfile
from combatlens.domain.records import ActorTotals
from combatlens.services.tally import Tally

SAMPLES = 3
SHAPES = 200


class Unmatched(Struct, frozen=True):
    """A shape of lines that no rule matched, how many there are, and the first few."""

    shape: str
    count: int
    samples: tuple[str, ...]


class LogCheck(Struct, frozen=True, kw_only=True):
    """`rules`: how many lines each rule of a custom dialect matched, 0 for a rule that matched none; {} elsewhere.

    `events` counts by type, `silent` the lines of each known shape that carries none.
    """

    dialect: str
    player: str
    lines: int
    matched: int
    events: dict[str, int]
    silent: dict[str, int]
    rules: dict[str, int]
    unmatched: tuple[Unmatched, ...]
    actors: dict[str, ActorTotals]

    @property
    def understood(self) -> float:
        """The part of all lines that is an event or a known shape, 0 to 1."""
        return self.matched / self.lines if self.lines else 1.0


def check_log(profile: GameProfile, path: Path) -> LogCheck:
    """Read a log by a profile, recording nothing. Raises EnvironmentFault."""
    rules = profile.log
    dialect = open_dialect(rules, take_sample(path, rules.encoding), path)
    tally, events, silent = Tally(), Counter[str](), Counter[str]()
    shapes: Counter[str] = Counter()
    samples: dict[str, list[str]] = {}
    number = 0
    for lines, _ in line_blocks(path, rules.encoding):
        for line in lines:
            parsed = dialect.parse(line, number)
            number += 1
            if parsed.events:
                tally.add([o.event for o in parsed.events], dialect.player or profile.character)
                events.update(str(type(o.event).__struct_config__.tag) for o in parsed.events)
            elif parsed.shape:
                silent[parsed.shape] += 1
            else:
                shape = shape_of(dialect.body(line))
                shapes[shape] += 1
                if shapes[shape] <= SAMPLES and len(samples) < SHAPES:
                    samples.setdefault(shape, []).append(line[:300])
    return LogCheck(
        dialect=dialect.name, player=dialect.player, lines=number, matched=number - shapes.total(), events=dict(events),
        silent=dict(silent.most_common()), rules=dict(getattr(dialect, "matched", {})),
        unmatched=tuple(Unmatched(s, n, tuple(samples.get(s, ()))) for s, n in shapes.most_common(SHAPES)),
        actors=tally.totals(),
    )  # fmt: skip
