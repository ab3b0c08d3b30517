"""Submissions into the store: each event gets its number and its session, and one transaction holds them all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import islice, repeat

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import LOG, Recorded, ToldEvents
from combatlens.ports import Clock, EventStore, Overtaken, Rejection, Run, SessionChange, StoreAway
from combatlens.services.away import Tally
from combatlens.services.book import SessionBook
from combatlens.services.held import HeldSession
from combatlens.services.routing import TURNS, Router

log = logging.getLogger(__name__)

SCRIPT = "script"
"""The owner of sessions that are recorded from separate calls of a script."""


class Batch(Struct):
    """Submissions that are committed together, and what they have come to so far."""

    tallies: list[Tally]
    records: list[Recorded] = []
    touched: dict[str, HeldSession] = {}
    complete: bool = False
    """All events have their numbers."""

    def begin_anew(self) -> None:
        self.tallies[:] = [Tally(tally.submission) for tally in self.tallies]
        self.records, self.touched, self.complete = [], {}, False


class Committer:
    """It belongs to the recorder's thread. `fault` says why the last commit failed, None when it went well."""

    def __init__(
        self,
        store: EventStore,
        book: SessionBook,
        clock: Clock,
        *,
        character: str,
        gap_s: float,
        on_ended: Callable[[str], None],
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._character = character
        self._gap_s = gap_s
        self._on_ended = on_ended
        self._numbers = store.numbers()
        self._router = Router(book, gap_s)
        self.fault: EnvironmentFault | None = None

    def take_numbers(self, count: int) -> list[int]:
        """Numbers for `count` new events. For work on the recorder's thread."""
        return [next(self._numbers) for _ in range(count)]

    def store(self, batch: Batch) -> None:
        """Commit submissions. Raises EnvironmentFault, or what else went wrong, with nothing written."""
        try:
            self._store_once(batch)
        except Overtaken:  # another machine's event or name, which the store knows now
            self._forget(batch)
            batch.begin_anew()
            self._store_once(batch)

    def _store_once(self, batch: Batch) -> None:
        arrived = self._clock.now()
        known = self._known_ids(batch.tallies)
        for tally in batch.tallies:
            self._route(tally, known, batch, arrived)
        batch.complete = True
        for session in batch.touched.values():
            self._book.send(session, arrived)
        self.commit(batch.records, list(batch.touched.values()))

    def undo(self, batch: Batch, error: Exception) -> None:
        """Nothing of it was kept: tell those who submitted it, and forget what memory has ahead of the store."""
        log.error("nothing of %d submissions was kept: %s", len(batch.tallies), error)
        self.fault = error if isinstance(error, EnvironmentFault) else None
        for tally in batch.tallies:
            tally.submission.done.set_exception(error)
        self._forget(batch)

    def _forget(self, batch: Batch) -> None:
        self._book.loose.settle(committed=False)
        try:
            for session in batch.touched.values():
                self._book.forget(session)
        except StoreAway:
            self._book.forget_all()

    def _known_ids(self, tallies: list[Tally]) -> set[str]:
        ids: list[str] = []
        for tally in tallies:
            batch = tally.submission.batch
            ids += batch.ids if isinstance(batch, ToldEvents) else [o.event.id for o in batch if o.event.id is not None]
        return self._store.known_ids(ids) if ids else set()

    def _route(self, tally: Tally, known: set[str], batch: Batch, arrived: float) -> None:
        """Give each event of a submission its number and its session."""
        events = tally.submission.batch
        before = len(batch.records)
        in_runs = isinstance(events, ToldEvents) and self._route_runs(tally, events, known, batch, arrived)
        if not in_runs:
            self._route_each(tally, known, batch, arrived, range(len(events)))
        tally.accepted = len(batch.records) - before

    def _route_runs(self, tally: Tally, events: ToldEvents, known: set[str], batch: Batch, arrived: float) -> bool:
        """The same for many, a session's at once. False, with nothing done, where they must be looked at one by one."""
        ids = set(events.ids)
        if len(ids) < len(events) or not ids.isdisjoint(known) or not _are_plain(events):
            return False
        begin = 0
        while begin < len(events):
            session = self._route_each(tally, known, batch, arrived, range(begin, begin + 1))
            begin += 1
            if session is not None:
                begin = self._route_run(tally, events, session, batch, arrived, begin)
        known |= ids
        return True

    def _route_run(
        self, tally: Tally, events: ToldEvents, session: HeldSession, batch: Batch, arrived: float, begin: int
    ) -> int:
        """Route plain events from `begin` on, while they join `session` as the one before did. -> where that ends."""
        since, reached, gap_s = session.since, session.reached, self._gap_s
        end = begin
        for at in islice(events.at, begin, None):
            if at > reached:
                if at > reached + gap_s:
                    break
                reached = at
            elif at < since:
                break
            end += 1
        session.reached = reached
        numbers = list(islice(self._numbers, end - begin))
        tally.numbers.update(zip(range(begin, end), numbers, strict=True))
        origin = tally.submission.origin
        if origin is not None:
            session.runs.append(Run(origin, begin - 1, end, [tally.numbers[begin - 1], *numbers]))
        records = list(map(
            Recorded, numbers, repeat(session.head.session_id), events.at[begin:end], repeat(arrived), repeat(LOG),
            repeat(tally.submission.character or self._character), events.events[begin:end],
            events.resolutions[begin:end], events.ids[begin:end], events.bodies[begin:end],
        ))  # fmt: skip
        batch.records += records
        session.new += records
        return end

    def _route_each(
        self, tally: Tally, known: set[str], batch: Batch, arrived: float, which: range
    ) -> HeldSession | None:
        """Route events one by one. Returns the session that the next one joins too if it is of its time."""
        submission, numbers, gap_s = tally.submission, self._numbers, self._gap_s
        records, touched = batch.records, batch.touched
        default = submission.character or self._character
        last: HeldSession | None = None
        name = ""
        for index in which:
            occurrence = submission.batch[index]
            event, at = occurrence.event, occurrence.at
            if event.id is not None:
                if event.id in known:
                    tally.duplicates += 1
                    continue
                known.add(event.id)
            character = event.character or default
            if (
                last is not None and character == name and last.since <= at <= last.reached + gap_s
                and type(event) not in TURNS
            ):  # nearly always: the router would say the same  # fmt: skip
                session: HeldSession | None = last
                if at > last.reached:
                    last.reached = at
            else:
                last = None
                try:
                    session, at = self._router.session_for(event, at, character, touched, arrived)
                except EnvironmentFault as refusal:
                    tally.rejected.append(Rejection(index, str(refusal)))
                    continue
                if session is not None and self._book.goes_on(session):
                    last, name = session, character
            seq = tally.numbers[index] = next(numbers)
            record = Recorded(
                seq, session.head.session_id if session else "", at, arrived, occurrence.source,
                character, event, occurrence.resolution, event.id,
            )  # fmt: skip
            records.append(record)
            if session is None:
                self._book.loose.keep(record)
                continue
            session.new.append(record)
            if tally.session is not session:
                touched[session.head.session_id] = tally.session = session
        return last

    def commit(self, records: Sequence[Recorded], sessions: Sequence[HeldSession]) -> None:
        """One transaction with these records, and with what has become of these sessions. Raises EnvironmentFault."""
        book, now = self._book, self._clock.monotonic()

        def fold() -> list[SessionChange]:
            for session in sessions:
                session.touched = now
                book.fold_new(session)
            return [book.change(session) for session in sessions if not session.behind]

        self._store.write(records, fold, [session.head for session in sessions if session.fresh])
        self.fault, now = None, self._clock.monotonic()
        ended = [session for session in sessions if session.head.end is not None]
        for session in sessions:
            session.touched = now  # a commit of seconds is no rest
            book.committed(session)
        book.loose.settle(committed=True)
        for session in ended:
            self._on_ended(session.head.session_id)

    def end(self, sessions: list[HeldSession]) -> None:
        """End sessions at their last event."""
        for session in sessions:
            session.force_end("completed", session.last)
        if sessions:
            heads = [session.head for session in sessions]
            try:
                self.commit([], sessions)
            except EnvironmentFault as fault:
                if self.fault is None:
                    log.error("a session could not be closed: %s", fault)
                self.fault = fault
                for session, head in zip(sessions, heads, strict=True):
                    session.go_on_after_all(head)

    def recover(self) -> list[str]:
        """Close the sessions that a dead process left open, as `error`, at their last event: before anything new comes.

        The home's lock is held, so every owner but a script is dead. A script's session goes on across its separate
        calls until its gap has passed.
        """
        recovered: list[str] = []
        for head in self._store.unfinished():
            by_script = head.owner == SCRIPT
            if by_script and self._clock.now() - head.last <= self._gap_s:
                continue
            session = next(s for s in self._book.sessions(head.character) if s.head.session_id == head.session_id)
            session.force_end("completed" if by_script else "error", head.last)
            self.commit([], [session])
            recovered.append(head.session_id)
        return recovered


def _are_plain(events: ToldEvents) -> bool:
    """Whether all are of the submission's character, and of kinds that join the session of their time."""
    told = {id(event): event for event in events.events}.values()
    return all(event.character is None and type(event) not in TURNS for event in told)
