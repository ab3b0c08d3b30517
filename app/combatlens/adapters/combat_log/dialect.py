"""What a combat-log dialect is: an object for one file of one character, which makes events of lines.

It may remember: the day of a log that writes only times, pets, an attack whose damage comes in the next line. `state`
and `restore` carry that over a restart. `line_dialect` is what all of them share.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Protocol

from msgspec import Struct

from combatlens.domain.events import ToldEvents
from combatlens.ports import ParsedLine

REMEMBERED_S = 10.0
"""How far back, in the log's own time, equal lines are told apart by their ordinal."""


class LogSetup(Struct, frozen=True, kw_only=True):
    """How one file is to be read.

    `player`: the character, "" to find it in the log; `found` where it was found in a sample, not named. `me`: what it
    is called in events, where that differs. `identity`: the part of every id that tells characters apart.
    `zone`: the log's time zone, None for this machine's. `reference`: Unix seconds at which the file was last
    written; it dates a log that writes only times. `first_day`: the day (since 1970) on which such a log begins;
    `day_told` where the file's name says so.
    `opening`: the file's first line, which tells lines without a time apart from another file's.
    """

    player: str = ""
    found: bool = False
    me: str = ""
    identity: str = ""
    zone: tzinfo | None = None
    reference: float = 0.0
    first_day: int | None = None
    day_told: bool = False
    opening: str = ""


class Dialect(Protocol):
    """The port that a log file is read through."""

    name: str
    player: str
    stamp: float
    """The newest time seen, in the log's own local seconds; 0 before the first."""
    generation: str
    """Tells apart files that followed one another under one name; only lines without a time need it."""

    def parse(self, line: str, where: int = 0, arrived: float | None = None) -> ParsedLine:
        """One decoded line without its end. `where`: its number in the file. `arrived`: Unix seconds, live only."""

    def parse_all(self, lines: Sequence[str], where: int = 0, arrived: float | None = None) -> ParsedLines:
        """Lines that follow one another; `where` is the first one's number."""

    def body(self, line: str) -> str:
        """A line without its time, to be shown."""

    def stands_alone(self, line: str) -> bool:
        """Whether a line is whole by the looks of its beginning: it bears a time."""

    def state(self) -> dict[str, Any]:
        """What must be remembered over a restart: plain JSON."""

    def restore(self, state: dict[str, Any]) -> None: ...

    def new_file(self, generation: str) -> None:
        """Another file follows under the same name."""

    def live(self, arrived: float | None) -> None:
        """Say when the next lines were written (Unix seconds), which dates bare times; None where they may be old."""

    def joined(self) -> None:
        """What was parsed so far was read again after a restart; what comes may be of a later day."""

    def seen(self) -> list[Any]:
        """The lines of the last seconds and how often they came, for `restore` under `seen`: plain JSON."""


class ParsedLines(Struct, frozen=True, gc=False):
    """What became of lines: events, how often each known shape without one came, and the lines that nobody knows.

    `bodies`: the unknown lines without their times.
    """

    events: ToldEvents
    shapes: dict[str, int]
    unknown: list[str]
    bodies: list[str]
