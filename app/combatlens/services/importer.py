"""Whole logs into the store: parsed in batches, submitted, committed, counted. Importing twice adds nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
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
from combatlens.domain.tallies import Actor
from combatlens.ports import Clock, Origin, Overloaded, Receipt, Recorder
from combatlens.services.spans import SPAN_GAP_S, Span, merged

IN_FLIGHT = 2
"""Batches that may be queued before their commit is waited for: bounded memory, no idle core."""


class ParsedBatch(Struct, frozen=True, gc=False):
    """A stretch of a log. `shapes` counts the unmatched lines by what they look like; `done` is bytes of the file.

    `spans` tells when whose events were ("" for the log's own character), `actors` what some did in the file so far:
    by the last batch it is told of all.
    """

    events: Sequence[Occurrence] = ()
    lines: int = 0
    silent: int = 0
    unmatched: int = 0
    shapes: dict[str, int] = {}
    done: int = 0
    spans: dict[str, list[Span]] = {}
    actors: dict[str, Actor] = {}
    origin: Origin | None = None
    """The process that parsed it, where that is another one."""


class LogParser(Protocol):
    """A file being parsed. `dialect`, `player` and `size` (bytes) are known once `batches` has begun."""

    @property
    def dialect(self) -> str: ...
    @property
    def player(self) -> str: ...
    @property
    def size(self) -> int: ...
    def batches(self) -> Generator[ParsedBatch, None, None]: ...
    def close(self) -> None: ...


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
    skipped: str = ""
    """Why a file of a folder was passed over."""
    shapes: dict[str, int] = {}


class ImportResult(Struct, frozen=True, kw_only=True):
    """`spans`: when the events in the files were, new or not, by character; in order, none overlaps another. `actors`:
    what everyone did in the files that were read to their end."""

    files: tuple[ImportedFile, ...]
    spans: dict[str, list[Span]]
    actors: dict[str, ActorTotals]
    cancelled: bool = False


class Progress(Struct, frozen=True, kw_only=True):
    """How far an import is. `left_s`: seconds to go by the speed so far, None before there is one."""

    file: str
    done: int
    total: int
    lines: int
    left_s: float | None


class UnreadableLog(EnvironmentFault):
    """A file that could not be opened as a log: in a folder it is passed over."""


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
        """Import files; a folder stands for the logs in and under it, oldest first. Raises EnvironmentFault."""
        named = {path for path in paths if not path.is_dir()}
        files = [file for path in paths for file in _files(path)]
        total = sum(file.stat().st_size for file in files if file.exists())
        run = _Run(total=total, started=self._clock.monotonic())
        results = []
        for file in files:
            before = run.done
            try:
                results.append(self._file(file, profile, player, run))
            except UnreadableLog as fault:
                if file in named:
                    raise
                results.append(_skipped(file, fault))
                run.done = before + file.stat().st_size
            if run.cancelled:
                break
        return ImportResult(files=tuple(results), spans=run.spans(), actors=run.actors(), cancelled=run.cancelled)

    def _file(self, file: Path, profile: GameProfile, player: str, run: _Run) -> ImportedFile:
        try:
            log = self._open_log(file, profile, player)
        except EnvironmentFault as fault:
            raise UnreadableLog(fault.what, fault.remedy) from fault
        counts: Counter[str] = Counter()
        accepted = run.accepted
        shapes: Counter[str] = Counter()
        waiting: deque[Future[Receipt]] = deque()
        before, actors = run.done, dict[str, Actor]()
        with closing(log), closing(log.batches()) as batches:
            for batch in batches:
                counts.update(
                    lines=batch.lines, events=len(batch.events), silent=batch.silent, unmatched=batch.unmatched
                )
                shapes.update(batch.shapes)
                actors |= batch.actors
                if batch.events:
                    run.note(batch.spans, _character(log.player, profile) or profile.character)
                    waiting.append(self._submit(batch, _character(log.player, profile), waiting))
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
        run.add(actors)
        return ImportedFile(
            file=str(file), dialect=log.dialect, player=log.player, lines=counts["lines"], events=counts["events"],
            silent=counts["silent"], unmatched=counts["unmatched"], added=run.accepted - accepted,
            shapes=dict(shapes.most_common(50)),
        )  # fmt: skip

    def _submit(self, batch: ParsedBatch, character: str, waiting: deque[Future[Receipt]]) -> Future[Receipt]:
        """Hand a batch over; while the recorder is full, wait for what is on its way."""
        after = waiting[-1] if waiting else None
        while True:
            try:
                return self._recorder.submit(batch.events, character=character, after=after, origin=batch.origin)
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
        self._spans: dict[str, list[Span]] = {}
        self._actors: dict[str, Actor] = {}

    def note(self, spans: dict[str, list[Span]], character: str) -> None:
        """Remember whose events were when. `character`: of those that name none."""
        for name, new in spans.items():
            kept = self._spans.setdefault(name or character, [])
            for first, last in new:
                if kept and kept[-1][0] <= first <= kept[-1][1] + SPAN_GAP_S:
                    kept[-1] = kept[-1][0], max(kept[-1][1], last)
                else:
                    kept.append((first, last))

    def add(self, actors: dict[str, Actor]) -> None:
        """Add what a whole file told of each name."""
        for name, row in actors.items():
            kept = self._actors.setdefault(name, Actor())
            for field in Actor.__struct_fields__:
                setattr(kept, field, getattr(kept, field) + getattr(row, field))

    def spans(self) -> dict[str, list[Span]]:
        return {name: merged(spans) for name, spans in self._spans.items()}

    def actors(self) -> dict[str, ActorTotals]:
        return {name: row.frozen() for name, row in self._actors.items()}

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
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror or error}", "check its rights") from error
    found = [file for file in path.rglob("*") if file.suffix.lower() in (".txt", ".log") and file.is_file()]
    found = [file for file in found if file.stat().st_size]
    if not found:
        raise EnvironmentFault(f"no .txt or .log file lies in {path}", "name the log files themselves")
    return sorted(found, key=lambda file: (file.stat().st_mtime, file.name))


def _skipped(file: Path, fault: EnvironmentFault) -> ImportedFile:
    return ImportedFile(
        file=str(file), dialect="", player="", lines=0, events=0, silent=0, unmatched=0, skipped=fault.what
    )


def _character(player: str, profile: GameProfile) -> str:
    """The session's character: the log's, or "" for the profile's own."""
    return "" if player == profile.log.player else player
