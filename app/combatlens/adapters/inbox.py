"""`<home>/inbox/*.jsonl`: event lines that bots append to, whether or not CombatLens runs. Taken in exactly once.

The place reached in a file is saved after the commit of what stands before it. What is read twice because of a crash in
between has the same ids as before, so it counts once: `inbox_file` gives an id to a line that has none.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from combatlens.adapters import journal
from combatlens.adapters.inbox_file import MAX_LINE, Line, Position, advanced, line_id, place, read_lines
from combatlens.domain.door import admit, decode_event
from combatlens.domain.errors import EnvironmentFault, RefusedEvent
from combatlens.domain.events import Occurrence
from combatlens.domain.snapshot import Health, HealthState
from combatlens.ports import Clock, Overloaded, Receipt

POLL_S = 0.5
BATCH = 1000
ORPHANED_S = 5.0
"""A journal this long untouched, whose writer is gone, is taken over."""
SETTLED_S = 60.0
"""A BotClient's own file this long untouched, read to its end and without a writer, is deleted."""
Emit = Callable[[Sequence[Occurrence]], Future[Receipt]]


class PositionStore(Protocol):
    """Where the places are kept. `save` returns once it is durable; {} means forgotten."""

    def load(self, key: str) -> dict[str, Any] | None: ...
    def save(self, key: str, position: dict[str, Any]) -> None: ...


class _Stopped(Exception):
    """The source is to end; what was not committed is read again."""


class Inbox:
    """The EventSource of the inbox folder. One thread looks at it every POLL_S seconds."""

    name = "inbox"

    def __init__(self, folder: Path, positions: PositionStore, clock: Clock) -> None:
        self._folder = folder
        self._positions = positions
        self._clock = clock
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._refused_in = ""
        self._health = Health(self.name, "off", "not started", "", clock.now())

    def start(self, emit: Emit) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, args=(emit,), name="combatlens-inbox", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None
            self._say("off", "stopped")

    def health(self) -> Health:
        return self._health

    def take_in(self, emit: Emit) -> None:
        """One look: every whole line in the folder is committed when this returns.

        Raises EnvironmentFault and OSError; what was not committed by then is read again at the next look. A file that
        cannot be read does not keep the others waiting.
        """
        if not self._folder.is_dir():
            return
        names = sorted(os.listdir(self._folder))
        unreadable: OSError | None = None
        for name in names:
            try:
                if name.endswith(journal.JOURNAL):
                    self._take_over(self._folder / name)
                elif name.endswith(".jsonl"):
                    self._look_at(self._folder / name, emit)
            except FileNotFoundError:
                pass  # gone meanwhile
            except OSError as error:
                unreadable = error
        for gone in self._seen.keys() - set(names):
            self._positions.save(_key(gone), {})
            del self._seen[gone]
        if unreadable is not None:
            raise unreadable

    def _run(self, emit: Emit) -> None:
        with contextlib.suppress(_Stopped):
            while not self._ending.is_set():
                try:
                    self.take_in(emit)
                    self._say_how_it_went()
                except EnvironmentFault as fault:
                    self._say("failed", fault.what, fault.remedy)
                except OSError as error:
                    self._say("failed", str(error), f"check the permissions of {self._folder}")
                self._ending.wait(POLL_S)

    def _say_how_it_went(self) -> None:
        if self._refused_in:
            self._say(
                "warning", f"lines of {self._refused_in} were refused", f"see {self._refused_in}.rejected beside it"
            )
        else:
            self._say("ok", "waiting for events")

    def _say(self, state: HealthState, message: str, remedy: str = "") -> None:
        if (state, message) != (self._health.state, self._health.message):
            self._health = Health(self.name, state, message, remedy, self._clock.now())

    def _take_over(self, path: Path) -> None:
        """The journal of a bot that died: what it holds was not acknowledged, as far as the bot knew."""
        if self._clock.now() - path.stat().st_mtime > ORPHANED_S and journal.is_orphaned(path):
            path.rename(path.with_suffix(journal.FINISHED))

    def _look_at(self, path: Path, emit: Emit) -> None:
        if not path.is_file():
            return
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            mark = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._seen.get(path.name) != mark:
                self._read_on(path, file, min(status.st_mtime, self._clock.now()), emit)
                self._seen[path.name] = mark
                return
        settled = self._clock.now() - status.st_mtime > SETTLED_S
        if settled and journal.is_of_client(path) and journal.is_orphaned(path):
            path.unlink()

    def _read_on(self, path: Path, file: BinaryIO, written: float, emit: Emit) -> None:
        """`written`: when the file was last appended to, the best guess for lines that do not say when."""
        saved = self._positions.load(_key(path.name))
        before = msgspec.convert(saved, Position) if saved else None
        position = place(file, before)
        if position != before:  # the generation must outlive a crash: the ids are made of it
            self._save(path.name, position)
        known_refusals = _refusals_in(path) if path.name not in self._seen else frozenset()
        while lines := read_lines(file, position.offset, BATCH):
            self._take(path, position, lines, written, emit, known_refusals)
            position = advanced(file, position, lines[-1].end)
            self._save(path.name, position)

    def _take(
        self, path: Path, position: Position, lines: list[Line], written: float, emit: Emit, known: frozenset[str]
    ) -> None:
        batch: list[Occurrence] = []
        sources: list[Line] = []
        refused: list[tuple[Line, str]] = []
        for line in lines:
            if line.text == b"":
                continue
            try:
                batch.append(self._occurrence(position, line, written))
                sources.append(line)
            except RefusedEvent as error:
                refused.append((line, str(error)))
        if batch:
            receipt = self._committed(batch, emit)
            refused += [(sources[each.index], each.error) for each in receipt.rejected]
        if refused:
            self._refused_in = path.name
            _write_refusals(path, refused, known)

    def _occurrence(self, position: Position, line: Line, written: float) -> Occurrence:
        if line.text is None:
            raise RefusedEvent(f"a line over {MAX_LINE // 1024} KiB", "one event a line")
        event = decode_event(line.text)
        if event.id is None:
            event = msgspec.structs.replace(event, id=line_id(position, line))
        if event.at is None:
            return Occurrence(event, written, "bot")
        return admit(event, now=self._clock.now(), source="bot")

    def _committed(self, batch: list[Occurrence], emit: Emit) -> Receipt:
        while True:
            try:
                future = emit(batch)
            except Overloaded as busy:
                if self._ending.wait(busy.retry_after_s):
                    raise _Stopped from None
            else:
                return self._answer(future)

    def _answer(self, future: Future[Receipt]) -> Receipt:
        while True:
            try:
                return future.result(timeout=0.1)
            except TimeoutError:
                if self._ending.is_set():
                    raise _Stopped from None
            except CancelledError:
                raise EnvironmentFault("the recorder has ended", "start CombatLens again") from None

    def _save(self, name: str, position: Position) -> None:
        self._positions.save(_key(name), msgspec.to_builtins(position))


def _key(name: str) -> str:
    return f"inbox:{name}"


def _refusal_file(path: Path) -> Path:
    return path.with_name(path.name + ".rejected")


def _refusals_in(path: Path) -> frozenset[str]:
    """What stands there from an earlier run: a line read again after a crash is not refused twice."""
    with contextlib.suppress(FileNotFoundError):
        return frozenset(_refusal_file(path).read_text(encoding="utf-8").splitlines())
    return frozenset()


def _write_refusals(path: Path, refused: list[tuple[Line, str]], known: frozenset[str]) -> None:
    entries = []
    for line, reason in sorted(refused, key=lambda each: each[0].start):
        text = (line.text or b"").decode("utf-8", "replace")
        entry = json.dumps({"offset": line.start, "reason": reason, "line": text})
        if entry not in known:
            entries.append(entry + "\n")
    if entries:
        with _refusal_file(path).open("a", encoding="utf-8") as file:
            file.writelines(entries)
