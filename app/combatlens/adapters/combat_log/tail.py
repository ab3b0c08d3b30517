"""The live tail: follows the game's log as it is written, as an event source of its own thread.

It polls (network drives do not notify): one `stat` a file ten times a second, a look for new files once a second.
The position moves only when the recorder has committed, so nothing is lost and, thanks to the ids, nothing doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from combatlens.adapters.combat_log.follower import Follower, OpenDialect
from combatlens.adapters.combat_log.growing_file import BLOCK
from combatlens.adapters.combat_log.log_paths import expand
from combatlens.adapters.combat_log.positions import PositionStore
from combatlens.adapters.combat_log.tail_health import TailHealth
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.snapshot import Health
from combatlens.ports import Clock, Overloaded, Receipt

Emit = Callable[[Sequence[Occurrence]], Future[Receipt]]

POLL_S = 0.1
DENSE_S = 0.2
"""Where lines come in hundreds they are taken less often, for each time is a commit; they are shown in time even so."""
DENSE_BYTES = 8192
"""What came at once is so much that the next look can wait; a whole block leaves more to read."""
SCAN_S = 1.0
SAVE_S = 5.0
BUSY_S = 1.0
"""While lines come the position is kept once a second: what is read again after a crash is known by its ids."""


class LogTail:
    """Follows the files that `patterns` name. `open_dialect` makes the parser of a file.

    A file that was there before and has no saved position is followed from its end, or from its start with
    `from_start`; a file that appears later is read whole, also when it appeared while the program was not running.
    """

    def __init__(
        self, name: str, patterns: Sequence[str], open_dialect: OpenDialect, positions: PositionStore, clock: Clock,
        *, encoding: str = "auto", from_start: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self._patterns = tuple(patterns)
        self._open_dialect = open_dialect
        self._positions = positions
        self._clock = clock
        self._encoding = encoding
        self._from_start = from_start
        self._stop = Flag()
        self._thread: Thread | None = None
        self._health = TailHealth(name, clock)
        self._followers: dict[Path, Follower] = {}
        self._idle: dict[Path, tuple[int, float]] = {}
        self._kept_idle: dict[Path, tuple[int, float]] | None = None
        self._scanned: float | None = None
        self._saved: dict[Path, float] = {}
        self._calm: set[Path] = set()
        self._most = 0
        """Bytes of the file that grew most in this round."""

    # ------------------------------------------------------------------ the port

    def start(self, emit: Emit) -> None:
        self._stop.clear()
        self._thread = Thread(target=self._run, args=(emit,), name=f"log-tail-{self.name}", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
            if not self._thread.is_alive():
                self._thread = None

    def health(self) -> Health:
        return self._health.now()

    # ------------------------------------------------------------------ the loop

    def _run(self, emit: Emit) -> None:
        try:
            while not self._stop.is_set():
                self._most = 0
                if not self.step(emit):
                    self._stop.wait(POLL_S)
                elif DENSE_BYTES <= self._most < BLOCK:
                    self._stop.wait(DENSE_S)
        finally:
            for path, follower in self._followers.items():
                self._save(path, follower)
                follower.close()
            self._followers.clear()

    def step(self, emit: Emit) -> bool:
        """One round over all files; True where there was something to read."""
        if self._scanned is None or self._clock.monotonic() - self._scanned >= SCAN_S:
            self._scan()
        busy = False
        for path, follower in list(self._followers.items()):
            if self._stop.is_set():
                return False
            if follower.waiting():
                busy = self._advance(path, follower, emit) or busy
                self._calm.discard(path)
            else:
                self._calm.add(path)
        return busy

    def _advance(self, path: Path, follower: Follower, emit: Emit) -> bool:
        try:
            block = follower.read(self._clock.now())
        except EnvironmentFault as fault:
            self._health.say("warning", fault.what, fault.remedy)
            return False
        except OSError as error:
            follower.close()  # what a drive that went away has opened stays dead; the next try opens anew
            self._health.say("warning", f"{path.name} cannot be read: {error.strerror or error}", "it is tried again")
            return False
        if block.events and not self._deliver(block.events, emit):
            follower.close()
            del self._followers[path]  # not committed: next time it goes on from the saved position
            return False
        self._health.note(path, block, calm=path in self._calm)
        rest_s = 0.0 if follower.urgent else BUSY_S if block.events else SAVE_S
        if self._clock.monotonic() - self._saved[path] >= rest_s:
            self._save(path, follower)
        self._most = max(self._most, block.bytes)
        return block.bytes > 0

    def _save(self, path: Path, follower: Follower) -> None:
        self._positions.save(self._key(path), follower.position())
        self._saved[path] = self._clock.monotonic()

    def _deliver(self, events: Sequence[Occurrence], emit: Emit) -> bool:
        """Hand over and wait for the commit; False where the tail is stopped before it."""
        while not self._stop.is_set():
            try:
                receipt = emit(events)
            except Overloaded as full:
                self._health.say("warning", "the recorder is busy; the log waits", "nothing is lost")
                self._stop.wait(full.retry_after_s)
                continue
            if self._committed(receipt):
                return True
            self._stop.wait(1.0)
        return False

    def _committed(self, receipt: Future[Receipt]) -> bool:
        while True:
            try:
                receipt.result(timeout=0.2)
            except FutureTimeout:
                if self._stop.is_set() and not receipt.done():
                    return False
            except (EnvironmentFault, CancelledError) as error:
                self._health.say("failed", f"the recorder refused lines of the log: {error}", "they are sent again")
                return False
            else:
                return True

    # ------------------------------------------------------------------ which files

    def _scan(self) -> None:
        first = self._scanned is None and self._remember()
        self._scanned = self._clock.monotonic()
        found: dict[Path, tuple[int, float]] = {}
        for path in expand(self._patterns):
            try:
                status = path.stat()
            except OSError:
                continue
            found[path] = (status.st_size, status.st_mtime)
        newest = max(found, key=lambda path: found[path][1], default=None)
        for path, seen in found.items():
            if path not in self._followers:
                self._consider(path, seen, first=first, newest=path == newest)
        self._keep_idle()
        if not found and not self._followers:
            self._health.say(
                "warning", f"no combat log is there: {self._wanted()}", "turn on logging in the game's settings"
            )
        elif self._health.silent and self._followers:
            self._health.say("ok", f"waiting for new lines in {self._names()}")

    def _consider(self, path: Path, seen: tuple[int, float], *, first: bool, newest: bool) -> None:
        """Follow the newest file, and every other that grows; of the rest remember how long they were."""
        before = self._idle.get(path)
        if not newest and before == seen:
            return
        position = self._positions.load(self._key(path))
        known = before is not None or first if position is None else position["offset"] == seen[0]
        if not newest and known and (before is None or before == seen):
            self._idle[path] = seen
            return
        follower = Follower(path, self._open_dialect, self._encoding)
        try:
            if position is not None:
                follower.resume(position)
            elif before is not None and seen[0] >= before[0]:
                follower.begin_at_end(before[0])
            elif before is None and first and not self._from_start:
                follower.begin_at_end(seen[0])
        except EnvironmentFault as fault:
            self._health.say("warning", fault.what, fault.remedy)
        except OSError as error:
            self._health.say("warning", f"{path.name} cannot be read: {error.strerror or error}", "it is tried again")
            if first and not self._from_start:
                self._idle[path] = seen
            return
        self._idle.pop(path, None)
        self._followers[path] = follower
        self._save(path, follower)

    def _remember(self) -> bool:
        """Recall the files that were there, not followed, when last these patterns were; True where they never were."""
        kept = self._positions.load(self._idle_key)
        if kept is not None:
            self._idle = {Path(name): (size, written) for name, (size, written) in kept["idle"].items()}
            self._kept_idle = dict(self._idle)
        return kept is None

    def _keep_idle(self) -> None:
        if self._kept_idle != self._idle:
            self._kept_idle = dict(self._idle)
            idle = {str(path): seen for path, seen in self._idle.items()}
            self._positions.save(self._idle_key, {"idle": idle})

    @property
    def _idle_key(self) -> str:
        return f"logs:{'|'.join(self._patterns)}"

    def _key(self, path: Path) -> str:
        return f"log:{path}"

    def _wanted(self) -> str:
        return ", ".join(self._patterns) or "no path is set"

    def _names(self) -> str:
        return ", ".join(path.name for path in self._followers)
