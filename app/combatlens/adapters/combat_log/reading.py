"""A whole log file into batches of events, in this process. `parsing` does the same in one of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from pathlib import Path

from msgspec.structs import replace

from combatlens.adapters.combat_log.lines import line_blocks
from combatlens.adapters.combat_log.recognise import open_dialect, refuse_what_is_no_text, take_sample
from combatlens.adapters.combat_log.shapes import shape_of
from combatlens.domain.events import ToldEvents
from combatlens.domain.profile import GameProfile, LogRules
from combatlens.services.importer import ParsedBatch
from combatlens.services.spans import spans_of
from combatlens.services.tally import Tally


class FileParser:
    """Parses one file in this process. Fills `services.importer.LogParser`."""

    def __init__(self, path: Path, rules: LogRules, me: str = "", character: str = "player") -> None:
        """`me`: what the log's own character is called in events, where that is not its name in the log; `character`:
        whose events they are where the log does not say. Raises EnvironmentFault."""
        self._path = path
        self._encoding = rules.encoding
        self._character = character
        refuse_what_is_no_text(path)
        sample = take_sample(path, rules.encoding)
        self._reader = open_dialect(rules, sample, path, me)
        self.dialect = self._reader.name
        self.size = path.stat().st_size

    @property
    def player(self) -> str:
        return self._reader.player

    def batches(self) -> Generator[ParsedBatch, None, None]:
        """A batch a block of 512 KiB, in columns; the last one tells who did what, and nothing else.

        Raises EnvironmentFault when the file cannot be read on.
        """
        number, tally, done = 0, Tally(), 0
        for lines, done in line_blocks(self._path, self._encoding):
            parsed = self._reader.parse_all(lines, number)
            told = parsed.events
            tally.add(told.events, self.player or self._character, self._character)
            shapes = Counter(shape_of(body) for body in parsed.bodies)
            yield ParsedBatch(
                told, len(lines), sum(parsed.shapes.values()), len(parsed.unknown), dict(shapes), done,
                spans_of(told.events, told.at),
            )  # fmt: skip
            number += len(lines)
        yield ParsedBatch(ToldEvents((), (), (), ()), done=done, actors=tally.changed())

    def close(self) -> None:
        """Nothing stays open."""


def rules_for(profile: GameProfile, player: str) -> tuple[LogRules, str]:
    """The rules to read a log by, and what its character is called in events ("": by its name in the log).

    `player` overrides the profile's.
    """
    rules = profile.log
    if rules.player and player in ("", rules.player):
        return rules, profile.character  # the session is the profile's own character's
    return (replace(rules, player=player) if player else rules), ""


def open_log(path: Path, profile: GameProfile, player: str = "") -> FileParser:
    """The parser of a file by a profile's rules. Fills `importer.OpenLog`."""
    rules, me = rules_for(profile, player)
    return FileParser(path, rules, me, profile.character)
