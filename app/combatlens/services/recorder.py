"""The recorder: one thread that owns the store's write connection. Acknowledged means committed."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence, SessionOp
from combatlens.domain.records import SessionDetail
from combatlens.domain.snapshot import Snapshot
from combatlens.ports import Clock, EventStore, Origin, Overloaded, Receipt, Spool, StoreAway
from combatlens.services.away import Away, Tally
from combatlens.services.book import SessionBook
from combatlens.services.committing import Batch, Committer
from combatlens.services.delivery import Delivery, Submission

log = logging.getLogger(__name__)

BATCH_EVENTS = 20_000
QUEUE_EVENTS = 200_000
TICK_S = 0.25
FRESH_S = 0.1
"""What was committed is in the live picture after this at the latest, however much comes."""
REST_S = 2.0
"""A session of the past is closed when nothing came for it so long."""

R = TypeVar("R")


class Call(Struct):
    """Work to do on the recorder's thread, after everything queued before it."""

    function: Callable[[], Any]
    done: Future[Any]


class RecorderService:
    """See `ports.Recorder`. `on_ended(session_id)`, `on_snapshot(snapshots)` and `on_arrived(source, seconds)` (once a
    batch, after its commit: how late its last event came) run on its thread and must be quick."""

    def __init__(
        self,
        store: EventStore,
        book: SessionBook,
        clock: Clock,
        *,
        character: str,
        profile: str,
        gap_s: float,
        spool: Spool | None = None,
        reach: Callable[[], None] = lambda: None,
        knock: Callable[[], bool] | None = None,
        on_ended: Callable[[str], None] = lambda _session_id: None,
        on_snapshot: Callable[[dict[str, Snapshot]], None] = lambda _snapshots: None,
        on_arrived: Callable[[str, float], None] = lambda _source, _delay_s: None,
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._character = character
        self._profile = profile
        self._gap_s = gap_s
        self._on_snapshot = on_snapshot
        self._on_arrived = on_arrived
        self._queue: queue.Queue[Submission | Call | None] = queue.Queue()
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        self._committer = Committer(store, book, clock, character=character, gap_s=gap_s, on_ended=on_ended)
        self._away: Away | None = None
        """What is done while the store's server is away; None where the store is a file."""
        if spool is not None:
            self._away = Away(Delivery(spool, store.known_numbers, reach, knock), book, clock, gap_s, character)
        self._published = 0.0
        self._up_to_date = True
        """Whether the live picture is of everything that was recorded."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._stopped = False

    # from any thread ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Commit what is queued, then end the thread. Safe to call twice."""
        if not self._stopped:
            self._stopped = True
            self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._away is not None:
            self._away.stop()

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
        origin: Origin | None = None,
    ) -> Future[Receipt]:  # fmt: skip
        """Queue a batch; the future is done once it is committed: see `ports.Recorder`. Raises Overloaded."""
        if self._stopped:
            raise EnvironmentFault("CombatLens is shutting down", "send again after the next start")
        with self._waiting_lock:
            if self._waiting + len(batch) > QUEUE_EVENTS and self._waiting:
                raise Overloaded(1.0)
            self._waiting += len(batch)
        done: Future[Receipt] = Future()
        self._queue.put(Submission(batch, character, done, after, origin))
        return done

    def call(self, function: Callable[[], R]) -> Future[R]:
        """Run `function` on the recorder's thread, after everything submitted so far."""
        done: Future[R] = Future()
        self._queue.put(Call(function, done))
        return done

    def finish_past(self) -> Future[None]:
        """Close sessions whose gap has passed now, without waiting for a rest. For the end of an import."""
        return self.call(lambda: self._close_past(0.0))

    def live_detail(self, session_id: str) -> SessionDetail | None:
        """The detail of a session that goes on; None for one that is closed. Waits for the recorder."""
        return self.call(lambda: self._live_detail(session_id)).result(10.0)

    def snapshot_now(self, character: str) -> Snapshot | None:
        """The picture of everything submitted so far; None without an open session. Waits for the recorder."""
        return self.call(lambda: self._snapshots().get(character)).result(10.0)

    @property
    def fault(self) -> EnvironmentFault | None:
        """Why the last commit failed, None when it went well."""
        return (self._away.fault if self._away is not None else None) or self._committer.fault

    @property
    def waiting(self) -> int:
        """So many events wait in the spool for the store's server."""
        return self._away.waiting if self._away is not None else 0

    def begin_away(self, fault: StoreAway) -> None:
        """The server does not answer at the start: record into the spool until it does. Call it before `start`."""
        if self._away is not None:
            self._away.begin(fault)

    # on the recorder's thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._away is not None:
            self._away.deliver_left(self._store_again)
        running = True
        while running:
            work, running = self._collect()
            self._up_to_date = self._up_to_date and not work
            submissions: list[Submission] = []
            for item in work:
                if isinstance(item, Submission):
                    submissions.append(item)
                    continue
                self._record(submissions)
                submissions = []
                self._perform(item)
            self._record(submissions)
            self._tick()

    def _collect(self) -> tuple[list[Submission | Call], bool]:
        """Everything that is queued now; waits for the first, never for company."""
        found: list[Submission | Call] = []
        size = 0
        try:
            item = self._queue.get(timeout=TICK_S if self._up_to_date else FRESH_S)
            while item is not None:
                found.append(item)
                size += len(item.batch) if isinstance(item, Submission) else 0
                if size >= BATCH_EVENTS:
                    return found, True
                item = self._queue.get_nowait()
        except queue.Empty:
            return found, True
        return found, False

    def _perform(self, call: Call) -> None:
        if not call.done.set_running_or_notify_cancel():
            return
        try:
            call.done.set_result(call.function())
        except Exception as error:  # noqa: BLE001 - the caller's future carries it
            call.done.set_exception(error)

    def _record(self, submissions: list[Submission]) -> None:
        submissions = [submission for submission in submissions if not self._falls_with_another(submission)]
        if not submissions:
            return
        tallies = [Tally(submission) for submission in submissions]
        if self._away is not None and self._away.is_waiting:
            self._no_longer_queued(submissions)  # what came before is to arrive before
            self._away.keep(tallies, complete=False)
            return
        self._store_now(tallies)

    def _falls_with_another(self, submission: Submission) -> bool:
        after = submission.after
        error = after.exception() if after is not None and after.done() else None
        if error is None:
            return False
        self._no_longer_queued([submission])
        submission.done.set_exception(error)
        return True

    def _store_now(self, tallies: list[Tally], *, again: bool = False) -> None:
        """Commit submissions. `again`: they come from the spool, and a server that is away is the caller's matter."""
        batch = Batch(tallies)
        try:
            self._committer.store(batch)
        except Exception as error:
            if again:
                self._book.forget_all()
                raise
            if isinstance(error, StoreAway) and self._away is not None:
                self._away.go(error)
                self._away.keep(tallies, complete=batch.complete)
                return
            self._committer.undo(batch, error)
            if not isinstance(error, EnvironmentFault):
                raise
            return
        finally:
            if not again:
                self._no_longer_queued([tally.submission for tally in tallies])
        committed = self._clock.now()
        for tally in tallies:
            if not again and tally.accepted:
                last = tally.submission.batch[-1]
                self._on_arrived(last.source, max(0.0, committed - last.at - last.resolution))
            tally.submission.done.set_result(tally.receipt())

    def _deliver(self) -> None:
        if self._away is not None:
            self._away.deliver(self._store_again)

    def _store_again(self, submissions: list[Submission]) -> None:
        self._store_now([Tally(submission) for submission in submissions], again=True)

    def _no_longer_queued(self, submissions: list[Submission]) -> None:
        with self._waiting_lock:
            self._waiting -= sum(len(s.batch) for s in submissions)

    def take_numbers(self, count: int) -> list[int]:
        """Numbers for `count` new events. For work on the recorder's thread."""
        return self._committer.take_numbers(count)

    def recover(self) -> list[str]:
        """See `Committer.recover`. Call it before `start`."""
        return self._committer.recover()

    # the passing of time ------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self._clock.monotonic()
        if now - self._published >= (TICK_S if self._up_to_date else FRESH_S):
            self._published, self._up_to_date = now, True
            self._deliver()
            if self._away is None or not self._away.is_waiting:
                self._close_past(REST_S)
            self._on_snapshot(self._snapshots())

    def _close_past(self, rest_s: float) -> None:
        """End sessions at their last event once the gap has passed."""
        now, mono = self._clock.now(), self._clock.monotonic()
        past = [
            session
            for session in self._book.unsettled()
            if session.is_open and now - session.head.last > self._gap_s and mono - session.touched >= rest_s
            and (session.can_end() or not rest_s)
        ]  # fmt: skip
        self._committer.end(past)

    def end_all(self) -> None:
        """End every open session at its last event: the application is being quit."""
        shown = self._shown()
        heads = [session.head for session in shown.in_memory() if session.is_open]
        if shown is self._book:
            self._committer.end([session for session in self._book.unsettled() if session.is_open])
            if self._away is None or not isinstance(self._committer.fault, StoreAway):
                return
            self._away.go(self._committer.fault)  # the ends wait in the spool, as what else would come now
        ends = [Occurrence(SessionOp(op="end"), head.last, "app") for head in heads]
        self._record([Submission([end], head.character, Future()) for end, head in zip(ends, heads, strict=True)])

    def _shown(self) -> SessionBook:
        picture = self._away.picture if self._away is not None else None
        return self._book if picture is None else picture.book

    def _snapshots(self) -> dict[str, Snapshot]:
        now = self._clock.now()
        pictures = [session.snapshot(now, self._gap_s) for session in self._shown().in_memory()]
        return {picture.character: picture for picture in pictures if picture is not None}

    def _live_detail(self, session_id: str) -> SessionDetail | None:
        held = (session for session in self._shown().in_memory() if session.head.session_id == session_id)
        return next((session.detail() for session in held), None)
