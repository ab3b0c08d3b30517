"""What every combat-log dialect shares: a line becomes events with a time, an id and a doer.

A dialect is an object for one file of one character. It may remember: the day of a log that writes only times,
pets, an attack whose damage comes in the next line. `state` and `restore` carry that over a restart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import tzinfo
from hashlib import blake2b
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import force_setattr

from combatlens.adapters.combat_log.times import OUT_OF_ORDER_S, DayClock, LocalTime
from combatlens.domain.events import Event, Occurrence
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
    """What became of lines: events, how often each known shape without one came, and the lines that nobody knows."""

    events: list[Occurrence]
    shapes: dict[str, int]
    unknown: list[str]


Reading = Event | tuple[Event, ...] | str
"""What a line says: events, or the name of a known shape that carries none; "" for an unknown line."""


def pet_of(owner: str | None) -> dict[str, Any] | None:
    """What `meta` says of damage taken from another's pet: whose it is."""
    return None if owner is None else {"source_owner": owner}


class LineDialect(ABC):
    """The base of the dialects: subclasses write `split` (time and body of a line) and `read` (body to events)."""

    name: str = ""
    resolution: float = 1.0

    def __init__(self, setup: LogSetup) -> None:
        self.setup = setup
        self.player = setup.player
        self.stamp = 0.0
        self.at = setup.reference
        self.line = ""
        self.generation = ""
        self._time = LocalTime(setup.zone)
        self._days = DayClock(self._time, setup.first_day, setup.reference, sure=setup.day_told)
        self._base = f"{self.name}\n{setup.identity}\n"
        self._seen: dict[float, dict[str, int]] = {}
        self._newest = self._furthest = 0.0
        self._pass = self._falls = 0
        self._opening = setup.opening
        self._marked: float | None = None
        self._stamp_mark = ""

    @abstractmethod
    def split(self, line: str) -> tuple[float | None, str]:
        """A line -> (local seconds as if UTC, or None where the line bears no time; the rest)."""

    @abstractmethod
    def read(self, body: str) -> Reading:
        """What a body says."""

    def parse(self, line: str, where: int = 0, arrived: float | None = None) -> ParsedLine:
        block = self.parse_all((line,), where, arrived)
        return ParsedLine(tuple(block.events), next(iter(block.shapes), ""))

    def parse_all(self, lines: Sequence[str], where: int = 0, arrived: float | None = None) -> ParsedLines:
        """Lines that follow one another; `where` is the first one's number."""
        events: list[Occurrence] = []
        shapes: dict[str, int] = {}
        unknown: list[str] = []
        if not where and lines:
            self._opening = lines[0]
        split, read, mark_of, occur = self.split, self.read, self._mark, self._occur
        for number, line in enumerate(lines, where):
            local, body = split(line)
            if local is None:
                if arrived is not None:
                    self.at = arrived
            elif local != self.stamp:
                self._advance(local)
            self.line = line
            found = read(body)
            if type(found) is str:
                if found:
                    shapes[found] = shapes.get(found, 0) + 1
                else:
                    unknown.append(line)
                continue
            mark = mark_of(line, number, local)
            if type(found) is tuple:
                events += [occur(event, f"{mark}-{i}" if i else mark) for i, event in enumerate(found)]
            else:
                events.append(occur(found, mark))  # type: ignore[arg-type]
        return ParsedLines(events, shapes, unknown)

    def state(self) -> dict[str, Any]:
        return {
            "player": self.player, "stamp": self.stamp, "at": self.at, "time": self._time.state(),
            "newest": self._newest, "furthest": self._furthest, "pass": self._pass, "falls": self._falls,
            "opening": self._opening,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self.player = self.setup.player or str(state.get("player", ""))
        self.stamp = float(state.get("stamp", 0.0))
        self.at = float(state.get("at", self.at))
        self._time.restore(state.get("time", {}))
        self._newest, self._pass = float(state.get("newest", 0.0)), int(state.get("pass", 0))
        self._furthest, self._falls = float(state.get("furthest", self._newest)), int(state.get("falls", self._pass))
        self._opening = str(state.get("opening", self._opening))
        if "seen" in state:
            self._seen = {float(stamp): dict(lines) for stamp, lines in state["seen"]}

    def new_file(self, generation: str) -> None:
        self.generation = generation
        self._newest = self._furthest = 0.0
        self._pass = self._falls = 0

    def live(self, arrived: float | None) -> None:
        self._days.live = arrived

    def joined(self) -> None:
        self._days.joined()
        self.restore(self.state())  # what was kept of the last line's time is no longer so

    def seen(self) -> list[Any]:
        return [[at, lines] for at, lines in self._seen.items() if abs(self.stamp - at) <= REMEMBERED_S]

    def body(self, line: str) -> str:
        return self._peek(line)[1]

    def stands_alone(self, line: str) -> bool:
        return self._peek(line)[0] is not None

    def _peek(self, line: str) -> tuple[float | None, str]:
        """Split a line and forget it."""
        state = self.state()
        found = self.split(line)
        self.restore(state)
        return found

    def own(self, name: str) -> bool:
        """Whether `name` is the player's character."""
        return name == self.player

    @property
    def me(self) -> str:
        """The player's character as target of its own damage and as owner of its pets."""
        return self.setup.me or self.player or "You"

    def _occur(self, event: Event, identity: str) -> Occurrence:
        force_setattr(event, "id", identity)  # the event was made for this line just now; nobody else holds it
        return Occurrence(event, self.at, "log", self.resolution)

    def _advance(self, local: float) -> None:
        """The log's time moved: note it and forget the lines that are too old to be doubled."""
        self.at = at = self._time.utc(local)
        self.stamp = local
        if at > self._newest:
            self._newest = at
            if at > self._furthest:
                if self._pass and at > self._furthest + OUT_OF_ORDER_S:
                    self._pass = 0  # no line before can have borne such a time, wherever reading began
                if not self._pass:
                    self._furthest = at
        elif at < self._newest - OUT_OF_ORDER_S:
            # The log begins anew, as when one is appended to itself: equal lines are other facts than before.
            self._falls += 1
            self._newest, self._pass, self._seen = at, self._falls, {}
        seen = self._seen
        if seen and abs(local - next(iter(seen))) > 2 * REMEMBERED_S:
            self._seen = {stamp: lines for stamp, lines in seen.items() if abs(local - stamp) <= REMEMBERED_S}

    def _mark(self, line: str, where: int, local: float | None) -> str:
        """The id of this line's fact: dialect, character, time, text and its ordinal among equals.

        It begins with the time, so that ids grow as the log does: the store's index of them is then written at its
        end, where ids without an order would touch all of it.
        """
        if local is None:
            key = f"{self._base}{self.generation}#{where}\n{self._opening}\n{line}"
            return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        if local != self._marked:
            self._marked, self._stamp_mark = local, f"{int(local * 1000):012x}"
        lines = self._seen.get(local)
        if lines is None:
            lines = self._seen[local] = {}
        ordinal = lines.get(line, 0)
        lines[line] = ordinal + 1
        key = f"{self._base}{line}\n{ordinal}\n{self._pass}" if ordinal or self._pass else self._base + line
        if self._time.second_pass:
            key += "\nagain"  # an hour ago, in autumn, the clock showed the same
        return self._stamp_mark + blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
