"""The side of a log's parser that is in the process which imports. See `frames`."""

from __future__ import annotations

import subprocess
import tempfile
from array import array
from collections.abc import Generator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Lock, Thread
from typing import IO

import msgspec
from msgspec import Struct

from combatlens.adapters.combat_log import frames
from combatlens.adapters.combat_log.frames import Fold, Home, Lend, More, Opened, Over, Recall, Stretch, Task
from combatlens.adapters.combat_log.reading import FileParser, rules_for
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, ToldEvents
from combatlens.domain.profile import GameProfile
from combatlens.domain.refold import GrowingSession
from combatlens.ports import Ending, Origin, RollupRows, Run
from combatlens.services.importer import LogParser, OpenLog, ParsedBatch

WORTH_BYTES = 3_000_000
"""A smaller file is parsed sooner than a process has started."""

LENT_AHEAD = 1
"""With so many stretches parsed and not yet taken in, the child has time to fold."""

HOME_S = 60.0
"""A child that does not answer for so long has lost what it was lent."""


class _Loan:
    """A session that the child has. `ending`: how it was asked to end it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.recalled = False
        self.ending: Ending | None = None
        self.home: Home | None = None


class ParserProcess:
    """Fills `services.importer.LogParser` with what a child makes of a file, and `ports.Folder` with what it folds."""

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
        self._asking = Lock()
        self._told: list[Event] = []
        self._bodies: list[str | None] = []
        self._stretches: SimpleQueue[Opened | Stretch | Over | None] = SimpleQueue()
        self._numbers = count()
        self._loans: dict[str, _Loan] = {}
        """What the recorder lent, by session."""
        self._out: dict[int, _Loan] = {}
        """What has not come home, by number: also of sessions that were lent anew."""
        self._came = Condition()
        """Guards what comes home, and tells of it."""
        self._gone = False
        self._reader = Thread(target=self._listen, name="parsed", daemon=True)
        self._reader.start()
        try:
            self._ask(task)
            first = self._next()
            if not isinstance(first, Opened):
                raise self._broken()
        except BaseException:
            self.close()
            raise
        self.dialect, self.player, self.size = first.dialect, first.player, first.size

    def batches(self) -> Generator[ParsedBatch, None, None]:
        """Raises EnvironmentFault when the file cannot be read on."""
        while isinstance(stretch := self._next(), Stretch):
            self.player = stretch.player
            yield self._batch(stretch)
            self._ask(More())

    def close(self) -> None:
        """Bring home what is lent, and end the child, whatever it does. Safe to call twice."""
        for session_id in list(self._loans):
            self.recall(session_id)
        with self._came:
            self._came.wait_for(lambda: self._gone or all(loan.home for loan in list(self._loans.values())), HOME_S)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None:
                with suppress(OSError):  # what it was still to be asked
                    pipe.close()

    # lending ------------------------------------------------------------------------------------------------------

    @property
    def is_ahead(self) -> bool:
        return self._stretches.qsize() >= LENT_AHEAD

    def lend(self, session_id: str, growing: GrowingSession, *, fresh: bool) -> None:
        fold, number = growing.fold, next(self._numbers)
        body = b"" if growing.is_empty else frames.pack(growing)
        self._loans[session_id] = self._out[number] = _Loan(number)
        self._ask(Lend(number, session_id, fold.timeline.start, fold.character, fold.rules, fresh, body))

    def fold(self, session_id: str, arrived: float, runs: Sequence[Run]) -> None:
        found = tuple((run.origin.number, run.begin, run.end, array("q", run.numbers).tobytes()) for run in runs)
        self._ask(Fold(self._loans[session_id].number, arrived, found))

    def holds(self, session_id: str) -> bool:
        loan = self._loans.get(session_id)
        return loan is not None and not loan.recalled

    def recall(self, session_id: str, ending: Ending | None = None) -> bool:
        loan = self._loans.get(session_id)
        if loan is not None and not loan.recalled:
            loan.recalled, loan.ending = True, ending
            self._ask(Recall(loan.number, ending))
        return loan is None or loan.home is not None or self._gone

    def take(self, session_id: str) -> GrowingSession | None:
        home = self._awaited(session_id, None)
        self._loans.pop(session_id, None)
        return frames.unpack(home.growing) if home is not None and home.growing else None

    def ended(self, session_id: str, ending: Ending) -> RollupRows | None:
        home = self._awaited(session_id, ending)
        if home is None or home.rollup is None or self._loans[session_id].ending != ending:
            return None
        del self._loans[session_id]
        return home.rollup

    def _awaited(self, session_id: str, ending: Ending | None) -> Home | None:
        self.recall(session_id, ending)
        loan = self._loans.get(session_id)
        if loan is None:
            return None
        with self._came:
            self._came.wait_for(lambda: loan.home or self._gone, HOME_S)
            return loan.home

    # the pipes ----------------------------------------------------------------------------------------------------

    def _ask(self, message: Struct) -> None:
        """That a child is gone is seen where its answer is looked for."""
        pipe = self._process.stdin
        assert pipe is not None
        with self._asking, suppress(OSError, ValueError):
            frames.send(pipe, message)

    def _listen(self) -> None:
        """Always at hand, so that the child never waits to be rid of what it says."""
        pipe = self._process.stdout
        assert pipe is not None
        with suppress(EOFError, msgspec.DecodeError):
            while (body := frames.receive(pipe)) is not None:
                frame = frames.told.decode(body)
                if isinstance(frame, Home):
                    self._has_come(frame)
                else:
                    self._stretches.put(frame)
        with self._came:
            self._gone = True
            self._came.notify_all()
        self._stretches.put(None)

    def _has_come(self, home: Home) -> None:
        with self._came:
            if (loan := self._out.pop(home.loan, None)) is not None:  # else it was asked for twice
                loan.home = home
            self._came.notify_all()

    def _next(self) -> Opened | Stretch | Over:
        """Raises EnvironmentFault."""
        frame = self._stretches.get()
        if frame is None:
            raise self._broken()
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
            stretch.actors, Origin(self, stretch.number),
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
