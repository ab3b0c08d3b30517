"""Whole logs into the store: parsed in batches, submitted, committed, counted. Importing twice adds nothing."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for
from contextlib import closing
from pathlib import Path
from threading import Event as Flag
from typing import Protocol

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.profile import GameProfile
from combatlens.domain.records import ActorTotals
from combatlens.ports import Clock, Overloaded, Receipt, Recorder, SessionHead
from combatlens.services.tally import Tally

IN_FLIGHT = 4
"""Batches that may be queued before their commit is waited for: bounded memory, no idle core."""


class ParsedBatch(Struct, frozen=True, gc=False):
    """A stretch of a log. `shapes` counts the unmatched lines by what they look like; `done` is bytes of the file."""

    events: tuple[Occurrence, ...] = ()
    lines: int = 0
    silent: int = 0
    unmatched: int = 0
    shapes: dict[str, int] = {}
    done: int = 0


class LogParser(Protocol):
    """A file being parsed. `dialect`, `player` and `size` (bytes) are known once `batches` has begun."""

    @property
    def dialect(self) -> str: ...
    @property
    def player(self) -> str: ...
    @property
    def size(self) -> int: ...
    def batches(self) -> Generator[ParsedBatch, None, None]: ...


OpenLog = Callable[[Path, GameProfile, str], LogParser]
"""(file, profile, player or "") -> its parser. Raises EnvironmentFault where it cannot be read."""


class ImportedFile(Struct, frozen=True, kw_only=True):
    """What became of one file. `silent`: lines of a known shape without event; `added`: events new to the store."""

    file: str
    dialect: str
    player: str
    lines: int
    events: int
    silent: int
    unmatched: int
    added: int = 0
    shapes: dict[str, int] = {}


class ImportResult(Struct, frozen=True, kw_only=True):
    """`moments`: the times (Unix seconds) of all events that were in the files, new or not, by character."""

    files: tuple[ImportedFile, ...]
    moments: dict[str, array[float]]
    actors: dict[str, ActorTotals]
    cancelled: bool = False


def sessions_of(moments: array[float], heads: Iterable[SessionHead]) -> list[str]:
    """The ids of those sessions of a character that hold any of its `moments`."""
    times = sorted(moments)
    found = []
    for head in heads:
        index = bisect_left(times, head.start)
        if index < len(times) and times[index] <= max(head.last, head.end or head.last):
            found.append(head.session_id)
    return found


class Progress(Struct, frozen=True, kw_only=True):
    """How far an import is. `left_s`: seconds to go by the speed so far, None before there is one."""

    file: str
    done: int
    total: int
    lines: int
    left_s: float | None


class Importer:
    """Imports logs one after the other. `cancel` is asked between batches; what was committed stays."""

    def __init__(
        self, recorder: Recorder, open_log: OpenLog, clock: Clock,
        *, progress: Callable[[Progress], None] | None = None, cancel: Callable[[], bool] | None = None,
    ) -> None:  # fmt: skip
        self._recorder = recorder
        self._open_log = open_log
        self._clock = clock
        self._progress = progress or (lambda _progress: None)
        self._cancelled = cancel or (lambda: False)

    def run(self, paths: Sequence[Path], profile: GameProfile, player: str = "") -> ImportResult:
        """Import files; a folder stands for the logs in it, oldest first. Raises EnvironmentFault."""
        files = [file for path in paths for file in _files(path)]
        total = sum(file.stat().st_size for file in files if file.exists())
        run = _Run(total=total, started=self._clock.monotonic())
        results = []
        for file in files:
            results.append(self._file(file, profile, player, run))
            if run.cancelled:
                break
        return ImportResult(
            files=tuple(results), moments=run.moments, actors=run.tally.totals(), cancelled=run.cancelled
        )

    def _file(self, file: Path, profile: GameProfile, player: str, run: _Run) -> ImportedFile:
        log = self._open_log(file, profile, player)
        counts: Counter[str] = Counter()
        accepted = run.accepted
        shapes: Counter[str] = Counter()
        waiting: deque[Future[Receipt]] = deque()
        before = run.done
        with closing(log.batches()) as batches:
            for batch in batches:
                counts.update(
                    lines=batch.lines, events=len(batch.events), silent=batch.silent, unmatched=batch.unmatched
                )
                shapes.update(batch.shapes)
                if batch.events:
                    run.note(batch.events, _character(log.player, profile) or profile.character)
                    run.tally.add(batch.events, log.player or profile.character, profile.character)
                    waiting.append(self._submit(batch.events, _character(log.player, profile), waiting))
                    while len(waiting) > IN_FLIGHT:
                        run.settle(waiting.popleft())
                run.done = before + batch.done
                run.lines += batch.lines
                self._progress(run.progress(file.name, self._clock.monotonic()))
                if self._cancelled():
                    run.cancelled = True
                    break
        while waiting:
            run.settle(waiting.popleft())
        return ImportedFile(
            file=str(file), dialect=log.dialect, player=log.player, lines=counts["lines"], events=counts["events"],
            silent=counts["silent"], unmatched=counts["unmatched"], added=run.accepted - accepted,
            shapes=dict(shapes.most_common(50)),
        )  # fmt: skip

    def _submit(self, events: Sequence[Occurrence], character: str, waiting: deque[Future[Receipt]]) -> Future[Receipt]:
        """Hand a batch over; while the recorder is full, wait for what is on its way."""
        while True:
            try:
                return self._recorder.submit(events, character=character)
            except Overloaded as full:
                if waiting:
                    wait_for(waiting, timeout=full.retry_after_s, return_when=FIRST_COMPLETED)
                else:
                    Flag().wait(full.retry_after_s)


class _Run:
    """What an import keeps across its files."""

    def __init__(self, total: int, started: float) -> None:
        self.total = total
        self.started = started
        self.done = self.lines = self.accepted = 0
        self.cancelled = False
        self.moments: dict[str, array[float]] = {}
        self.tally = Tally()

    def note(self, events: Sequence[Occurrence], character: str) -> None:
        """Remember whose events were when. `character`: of those that name none."""
        for occurrence in events:
            name = occurrence.event.character or character
            times = self.moments.get(name)
            if times is None:
                times = self.moments[name] = array("d")
            times.append(occurrence.at)

    def settle(self, future: Future[Receipt]) -> None:
        """Wait for a commit and count it."""
        self.accepted += future.result().accepted

    def progress(self, file: str, now: float) -> Progress:
        spent = now - self.started
        left = spent * (self.total - self.done) / self.done if self.done and spent > 0 else None
        return Progress(file=file, done=self.done, total=self.total, lines=self.lines, left_s=left)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for file in path.iterdir() if file.is_file() and file.suffix.lower() in (".txt", ".log")]
    if not found:
        raise EnvironmentFault(f"no .txt or .log file lies in {path}", "name the log files themselves")
    return sorted(found, key=lambda file: (file.stat().st_mtime, file.name))


def _character(player: str, profile: GameProfile) -> str:
    """The session's character: the log's, or "" for the profile's own."""
    return "" if player == profile.log.player else player
