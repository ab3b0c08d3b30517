"""The base of the dialects: a line becomes events with a time, an id and a doer; what lines say is recalled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from msgspec.structs import force_setattr

from combatlens.adapters.combat_log.dialect import REMEMBERED_S, LogSetup, ParsedLines, ToldLines, occurrences
from combatlens.adapters.combat_log.times import OUT_OF_ORDER_S, DayClock, LocalTime
from combatlens.domain.events import Event
from combatlens.ports import ParsedLine

RECALLED = 20_000
"""So many sentences are kept with what they say: a log repeats most of its own."""

Reading = Event | tuple[Event, ...] | str
"""What a line says: events, or the name of a known shape that carries none; "" for an unknown line."""


def pet_of(owner: str | None) -> dict[str, Any] | None:
    """What `meta` says of damage taken from another's pet: whose it is."""
    return None if owner is None else {"source_owner": owner}


class LineDialect(ABC):
    """The base of the dialects: subclasses write `split` (time and body of a line) and `read` (body to events).

    What a body says is kept and not read again, where the dialect says so by `_recalled`. It then calls `_passing`
    while it reads what depends on the time or changes what is remembered, and `_changed` when something changes that
    readings depend on.
    """

    name: str = ""
    resolution: float = 1.0

    def __init__(self, setup: LogSetup) -> None:
        self.setup = setup
        self.player = setup.player
        self.stamp = 0.0
        self.at = setup.reference
        self.generation = ""
        self._time = LocalTime(setup.zone)
        self._days = DayClock(self._time, setup.first_day, setup.reference, sure=setup.day_told)
        self._base = f"{self.name}\n{setup.identity}\n"
        self._seen: dict[float, dict[str, int]] = {}
        self._newest = self._furthest = 0.0
        self._pass = self._falls = 0
        self._opening = setup.opening
        self._marks: dict[str, str] = {}
        """What stands in ids for bodies."""
        self._marked: float | None = None
        self._stamp_mark = ""
        self._said: dict[str, Reading] = {}
        """What bodies say."""
        self._recalled: dict[str, Reading] | None = None
        """`_said`, or another such table; None where the line at hand must be read. Set by the dialect."""
        self._lasting = True
        """Whether what is read now will be said by the same body again."""

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
        told = self.tell_all(lines, where, arrived)
        return ParsedLines(occurrences(told.events, told.ids, told.at, told.resolutions), told.shapes, told.unknown)

    def tell_all(self, lines: Sequence[str], where: int = 0, arrived: float | None = None) -> ToldLines:
        """The same in columns, for very many lines."""
        told = ToldLines([], [], [], [], {}, [], [])
        shapes = told.shapes
        if not where and lines:
            self._opening = lines[0]
        split, tell = self.split, self._tell
        for number, line in enumerate(lines, where):
            local, body = split(line)
            if local is None:
                if arrived is not None:
                    self.at = arrived
            elif local != self.stamp:
                self._advance(local)
            recalled = self._recalled
            found = recalled.get(body) if recalled is not None else None
            if found is None:
                found = self._read(body)
            if type(found) is not str:
                tell(told, found, line, body, number, local)
            elif found:
                shapes[found] = shapes.get(found, 0) + 1
            else:
                told.unknown.append(line)
                told.bodies.append(body)
        return told

    def _read(self, body: str) -> Reading:
        """Read a body, and keep what it says if it will say it again."""
        recalled = self._recalled
        if recalled is not None and len(recalled) >= RECALLED:
            self._forget()
        self._lasting = recalled is not None
        found = self.read(body)
        if not isinstance(found, str) and (character := self._whose()):
            for event in found if isinstance(found, tuple) else (found,):
                force_setattr(event, "character", character)  # it was made just now: nobody else holds it
        if recalled is not None and self._lasting:
            recalled[body] = found
        return found

    def _tell(self, told: ToldLines, found: Reading, line: str, body: str, number: int, local: float | None) -> None:
        """Add a line's events to the columns.

        The id of a line's fact: time, dialect, character, body and its ordinal among equals. It begins with the time,
        so that ids grow as the log does: the store's index of them is then written at its end, where ids without an
        order would touch all of it.
        """
        if local is None:
            key = f"{self._base}{self.generation}#{number}\n{self._opening}\n{line}"
            mark = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        else:
            kept = self._seen.get(local)
            if kept is None:
                kept = self._seen[local] = {}
            ordinal = kept.get(body, 0)
            kept[body] = ordinal + 1
            if local != self._marked:
                self._marked, self._stamp_mark = local, f"{int(local * 1000):012x}"
            mark = self._stamp_mark + (self._marks.get(body) or self._mark(body))
            if ordinal or self._pass:
                mark += f".{ordinal}.{self._pass}"
            if self._time._second_pass:
                mark += ".again"  # an hour ago, in autumn, the clock showed the same
        if type(found) is not tuple:
            told.events.append(found)  # type: ignore[arg-type]
            told.ids.append(mark)
            told.at.append(self.at)
            told.resolutions.append(self.resolution)
            return
        for i, event in enumerate(found):
            told.events.append(event)
            told.ids.append(f"{mark}-{i}" if i else mark)
            told.at.append(self.at)
            told.resolutions.append(self.resolution)

    def _mark(self, body: str) -> str:
        if len(self._marks) >= RECALLED:
            self._marks.clear()
        text = (self._base + body).encode("utf-8", "surrogatepass")
        mark = self._marks[body] = blake2b(text, digest_size=8).hexdigest()
        return mark

    def state(self) -> dict[str, Any]:
        return {
            "player": self.player, "stamp": self.stamp, "at": self.at, "time": self._time.state(),
            "newest": self._newest, "furthest": self._furthest, "pass": self._pass, "falls": self._falls,
            "opening": self._opening,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self._forget()
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

    def _whose(self) -> str:
        """Whose events these are, where the player has changed to another character than the log's; else ""."""
        return ""

    def _passing(self) -> None:
        """What is read now depends on more than its text: it is not kept."""
        self._lasting = False

    def _changed(self) -> None:
        """Something changed that readings depend on: all that was kept is forgotten."""
        self._forget()
        self._lasting = False

    def _forget(self) -> None:
        """Recall nothing of what was read so far."""
        self._said.clear()

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
