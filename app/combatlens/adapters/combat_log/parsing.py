"""A log parsed in a process of its own, so that parsing and recording each have a core.

The child gets a `Task` as JSON on stdin and answers on stdout in frames: four bytes of length, then MessagePack: first
an `Opened`, then a `Stretch` for each batch. It ends with its work, or when nobody reads any more.
"""

from __future__ import annotations

import gc
import subprocess
import tempfile
from array import array
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO

import msgspec
from msgspec import Struct

from combatlens.adapters.combat_log.reading import FileParser, rules_for
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import AnyEvent, Event, ToldEvents
from combatlens.domain.profile import GameProfile, LogRules
from combatlens.domain.tallies import Actor
from combatlens.services.importer import LogParser, OpenLog, ParsedBatch, Span

WORTH_BYTES = 3_000_000
"""A smaller file is parsed sooner than a process has started."""

TOLD_KEPT = 30_000
"""So many events are kept at both ends, to be told again by number."""


class Task(Struct, frozen=True):
    path: str
    rules: LogRules
    me: str
    character: str


class Opened(Struct, frozen=True, tag="opened"):
    """The log was opened; or could not be: then `fault` says why."""

    dialect: str = ""
    player: str = ""
    size: int = 0
    fault: tuple[str, str] | None = None


class Stretch(Struct, frozen=True, tag="stretch"):
    """A `ParsedBatch` on its way, its events in columns.

    An event that several lines tell goes over once: `which` says for each line's fact which of the events told so far
    it is, those of `news` last; `bodies` are these as JSON. With `anew` the count begins again. `which`, `at` and
    `resolution` are arrays of machine numbers; one resolution stands for all.
    """

    player: str
    anew: bool
    news: tuple[AnyEvent, ...]
    bodies: tuple[str | None, ...]
    which: bytes
    ids: tuple[str, ...]
    at: bytes
    resolution: bytes
    lines: int
    silent: int
    unmatched: int
    shapes: dict[str, int]
    done: int
    spans: dict[str, list[Span]]
    actors: dict[str, Actor]


_frame: msgspec.msgpack.Decoder[Opened | Stretch] = msgspec.msgpack.Decoder(Opened | Stretch)


# the child --------------------------------------------------------------------------------------------------------


def serve(stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Parse the file that stdin names. Returns the exit code."""
    gc.disable()  # nothing here is part of a cycle, and the kept sentences are too many to be looked through
    task = msgspec.json.decode(stdin.read(), type=Task)
    encoder = msgspec.msgpack.Encoder()

    def send(frame: Opened | Stretch) -> None:
        body = encoder.encode(frame)
        stdout.write(len(body).to_bytes(4, "big"))
        stdout.write(body)
        stdout.flush()

    try:
        try:
            log = FileParser(Path(task.path), task.rules, task.me, task.character)
            send(Opened(log.dialect, log.player, log.size))
            packer = Packer()
            for batch in log.batches():
                send(packer.stretch(log.player, batch))
        except EnvironmentFault as fault:
            send(Opened(fault=(fault.what, fault.remedy)))
    except BrokenPipeError:
        return 0  # the parent has cancelled, or is gone
    return 0


class Packer:
    """Numbers the events that go over."""

    def __init__(self) -> None:
        self._told: list[Any] = []
        """They are held, so that no other object gets one's identity."""
        self._numbers: dict[int, int] = {}

    def stretch(self, player: str, batch: ParsedBatch) -> Stretch:
        """`batch` with its events in columns."""
        told = batch.events
        assert isinstance(told, ToldEvents)
        anew = len(self._told) > TOLD_KEPT
        if anew:
            self._told, self._numbers = [], {}
        numbers, before = self._numbers, len(self._told)
        bodies = dict(zip(map(id, told.events), told.bodies, strict=True))
        for event in {id(event): event for event in told.events}.values():
            if id(event) not in numbers:
                numbers[id(event)] = len(self._told)
                self._told.append(event)
        resolutions = told.resolutions
        if resolutions and resolutions.count(resolutions[0]) == len(resolutions):
            resolutions = resolutions[:1]
        return Stretch(
            player, anew, (news := tuple(self._told[before:])), tuple(bodies[id(event)] for event in news),
            array("l", map(numbers.__getitem__, map(id, told.events))).tobytes(), tuple(told.ids),
            array("d", told.at).tobytes(), array("d", resolutions).tobytes(),
            batch.lines, batch.silent, batch.unmatched, batch.shapes, batch.done, batch.spans, batch.actors,
        )  # fmt: skip


# the parent -------------------------------------------------------------------------------------------------------


class ParserProcess:
    """Fills `services.importer.LogParser` with what a child makes of the file."""

    def __init__(self, command: Sequence[str], task: Task) -> None:
        """`command` starts a program that calls `serve`. Raises EnvironmentFault."""
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
            )
        except OSError as error:
            self._complaints.close()
            raise EnvironmentFault(f"the log parser could not be started: {error}", "install again") from error
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(task))
            self._process.stdin.close()
            first = self._next()
            if not isinstance(first, Opened):
                raise self._broken()
        except BaseException:
            self.close()
            raise
        self.dialect, self.player, self.size = first.dialect, first.player, first.size
        self._told: list[Event] = []
        self._bodies: list[str | None] = []

    def batches(self) -> Generator[ParsedBatch, None, None]:
        """Raises EnvironmentFault when the file cannot be read on."""
        try:
            while isinstance(stretch := self._next(), Stretch):
                self.player = stretch.player
                yield self._batch(stretch)
        finally:
            self.close()

    def close(self) -> None:
        """End the child, whatever it does. Safe to call twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _next(self) -> Opened | Stretch | None:
        """The next frame, None once all is told."""
        pipe = self._process.stdout
        assert pipe is not None
        size = pipe.read(4)
        if not size:
            if self._process.wait() != 0:
                raise self._broken()
            return None
        body = pipe.read(int.from_bytes(size, "big"))
        if len(body) != int.from_bytes(size, "big"):
            raise self._broken()
        frame = _frame.decode(body)
        if isinstance(frame, Opened) and frame.fault is not None:
            raise EnvironmentFault(*frame.fault)
        return frame

    def _batch(self, stretch: Stretch) -> ParsedBatch:
        if stretch.anew:
            self._told, self._bodies = [], []
        self._told += stretch.news
        self._bodies += stretch.bodies
        at, resolutions = array("d", stretch.at), array("d", stretch.resolution)
        if len(resolutions) == 1:
            resolutions *= len(at)
        which = array("l", stretch.which)
        events, bodies = list(map(self._told.__getitem__, which)), list(map(self._bodies.__getitem__, which))
        return ParsedBatch(
            ToldEvents(events, stretch.ids, at, resolutions, bodies),
            stretch.lines, stretch.silent, stretch.unmatched, stretch.shapes, stretch.done, stretch.spans,
            stretch.actors,
        )  # fmt: skip

    def _broken(self) -> EnvironmentFault:
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        return EnvironmentFault(f"the log parser broke off: {said[0]}", "import again: it goes on where it stopped")


def open_with(command: Sequence[str]) -> OpenLog:
    """An `importer.OpenLog` that parses large files in a process of its own."""

    def open_log(path: Path, profile: GameProfile, player: str = "") -> LogParser:
        rules, me = rules_for(profile, player)
        if not path.is_file() or path.stat().st_size < WORTH_BYTES:
            return FileParser(path, rules, me, profile.character)
        return ParserProcess(command, Task(str(path.resolve()), rules, me, profile.character))

    return open_log
