"""The base of the dialects: a line becomes events with a time, an id and a doer; what lines say is recalled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from msgspec import Struct, json
from msgspec.structs import force_setattr

from combatlens.adapters.combat_log.dialect import REMEMBERED_S, LogSetup, ParsedLines
from combatlens.adapters.combat_log.times import OUT_OF_ORDER_S, DayClock, LocalTime
from combatlens.domain.events import AnyEvent, ToldEvents
from combatlens.ports import ParsedLine

RECALLED = 20_000
"""So many sentences are kept with what they say: a log repeats most of its own."""

Reading = AnyEvent | tuple[AnyEvent, ...] | str
"""What a line says: events, or the name of a known shape that carries none; "" for an unknown line."""


class Said(Struct, frozen=True, gc=False):
    """The same as it is kept. `text`: what stands in ids for the body; where there is no event, the shape's name.

    `told`: the event as JSON. `more`: further ones, likewise, without a text.
    """

    text: str
    event: Any = None
    told: str = ""
    more: tuple[Said, ...] = ()


_encode = json.Encoder().encode


def _json(event: AnyEvent) -> str:
    return _encode(event).decode()


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
        self._mark = blake2b(self._base.encode("utf-8", "surrogatepass"), digest_size=8)
        self._seen: dict[float, dict[str, int]] = {}
        self._newest = self._furthest = 0.0
        self._pass = self._falls = 0
        self._opening = setup.opening
        self._astray = False
        """Whether `at` may be another time than that of `stamp`."""
        self._here: dict[str, int] | None = None
        """How often each body was told at the newest time; None before the first."""
        self._stamp_mark = ""
        """What stands for that time in ids."""
        self._again = False
        """Whether that time is one that the log bore before it fell back."""
        self._second = False
        """Whether the clock had shown it before, an hour ago in autumn."""
        self._said: dict[str, Said] = {}
        """What bodies say."""
        self._recalled: dict[str, Said] | None = None
        """`_said`, or another such table; None where the line at hand must be read. Set by the dialect."""
        self._silent: dict[str, Said] = {}
        self._lasting = True
        """Whether what is read now will be said by the same body again."""

    @abstractmethod
    def split(self, line: str) -> tuple[float | None, str]:
        """A line -> (local seconds as if UTC, or None where the line bears no time; the rest)."""

    @abstractmethod
    def read(self, body: str) -> Reading:
        """What a body says."""

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        """How a line begins that bears the last one's time, and where what stands behind that can be recalled from.

        None: nowhere, it must be split and read. A dialect whose lines often bear the same time says it, so that they
        are not split one by one.
        """
        return "", None

    def parse(self, line: str, where: int = 0, arrived: float | None = None) -> ParsedLine:
        block = self.parse_all((line,), where, arrived)
        return ParsedLine(tuple(block.events), next(iter(block.shapes), ""))

    def parse_all(self, lines: Sequence[str], where: int = 0, arrived: float | None = None) -> ParsedLines:
        """Lines that follow one another; `where` is the first one's number."""
        facts: list[Said] = []
        ids: list[str] = []
        times: list[float] = []
        resolutions: list[float] = []
        shapes: dict[str, int] = {}
        unknown: list[str] = []
        bodies: list[str] = []
        local, at, here, stamp_mark, again = None, self.at, self._here, self._stamp_mark, self._again
        resolution = self.resolution
        begins, skip, kept = "", 0, None
        if not where and lines:
            self._opening = lines[0]
        for number, line in enumerate(lines, where):
            said = None
            if kept is not None and line.startswith(begins):
                body = line[skip:]
                said = kept.get(body)
            if said is None:
                local, body, said = self._taken_apart(line, arrived)
                begins, kept = ("", None) if local is None else self._standing()
                skip, at, here, resolution = len(begins), self.at, self._here, self.resolution
            text = said.text
            if said.event is None:
                if text:
                    shapes[text] = shapes.get(text, 0) + 1
                else:
                    unknown.append(line)
                    bodies.append(body)
                continue
            if local is None:
                mark = self._timeless_mark(line, number)
            else:
                if here is None:
                    here = self._begin_stamp(local)
                    stamp_mark, again = self._stamp_mark, self._again
                ordinal = here.get(body, 0)
                here[body] = ordinal + 1
                mark = stamp_mark + text
                if ordinal or again:
                    mark += self._turn(ordinal)
            facts.append(said)
            ids.append(mark)
            times.append(at)
            resolutions.append(resolution)
            if said.more:
                facts += said.more
                ids += [f"{mark}-{i}" for i in range(1, len(said.more) + 1)]
                times += [at] * len(said.more)
                resolutions += [resolution] * len(said.more)
        events = ToldEvents([fact.event for fact in facts], ids, times, resolutions, [fact.told for fact in facts])
        return ParsedLines(events, shapes, unknown, bodies)

    def _taken_apart(self, line: str, arrived: float | None) -> tuple[float | None, str, Said]:
        """(local seconds, body, what that says) of a line, whose time the log goes on to."""
        local, body = self.split(line)
        if local is None:
            if arrived is not None:
                self.at, self._astray = arrived, True
        elif local != self.stamp or self._astray:
            self._advance(local)
        recalled = self._recalled
        said = recalled.get(body) if recalled is not None else None
        return local, body, said or self._read(body)

    def _read(self, body: str) -> Said:
        """Read a body, and keep what it says if it will say it again."""
        recalled = self._recalled
        if recalled is not None and len(recalled) >= RECALLED:
            self._forget()
        self._lasting = recalled is not None
        found = self.read(body)
        if isinstance(found, str):
            said = self._silent.get(found) or self._silent.setdefault(found, Said(found))  # one for a shape's lines
        else:
            event, more = (found[0], found[1:]) if isinstance(found, tuple) else (found, ())
            if character := self._whose():
                for one in (event, *more):
                    force_setattr(one, "character", character)  # it was made just now: nobody else holds it
            mark = self._mark.copy()
            mark.update(body.encode("utf-8", "surrogatepass"))
            said = Said(mark.hexdigest(), event, _json(event), tuple(Said("", one, _json(one)) for one in more))
        if recalled is not None and self._lasting:
            recalled[body] = said
        return said

    def _begin_stamp(self, local: float) -> dict[str, int]:
        """What was told so far at a time that has just come, body by body, so that equal lines are told apart.

        A fact's id is made of its line's time, dialect, character and body, and its ordinal among equals. It begins
        with the time, so that ids grow as the log does: the store's index of them is then written at its end, where
        ids without an order would touch all of it. It ends with the ordinal, and how often the log's time fell back
        before; an hour ago, in autumn, the clock showed the same.
        """
        self._stamp_mark = f"{int(local * 1000):012x}"
        self._second = self._time.second_pass
        self._again = self._pass > 0 or self._second
        self._here = self._seen.setdefault(local, {})
        return self._here

    def _turn(self, ordinal: int) -> str:
        """How an id ends that its line's time and body alone do not tell."""
        again = ".again" if self._second else ""
        return f".{ordinal}.{self._pass}{again}" if ordinal or self._pass else again

    def _timeless_mark(self, line: str, number: int) -> str:
        """The same of a line that bears no time: by its place in the file."""
        key = f"{self._base}{self.generation}#{number}\n{self._opening}\n{line}"
        return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

    def state(self) -> dict[str, Any]:
        return {
            "player": self.player, "stamp": self.stamp, "at": self.at, "time": self._time.state(),
            "newest": self._newest, "furthest": self._furthest, "pass": self._pass, "falls": self._falls,
            "opening": self._opening,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self._forget()
        self._here, self._astray = None, True
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
        self._here = None

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
        self.stamp, self._astray, self._here = local, False, None
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
