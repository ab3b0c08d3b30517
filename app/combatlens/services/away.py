"""The recorder while its server is away: events wait in the spool, and the live picture goes on without the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Clock, Receipt, Rejection
from combatlens.services.book import SessionBook
from combatlens.services.delivery import Delivery, Submission
from combatlens.services.held import HeldSession
from combatlens.services.outage import Picture

log = logging.getLogger(__name__)


class Tally(Struct):
    """A submission on its way."""

    submission: Submission
    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = []
    session: HeldSession | None = None
    numbers: dict[int, int] = {}
    """Index in the batch -> number of the event."""

    def receipt(self) -> Receipt:
        session_id = self.session.head.session_id if self.session else None
        return Receipt(self.accepted, self.duplicates, tuple(self.rejected), session_id)


class Away:
    """On the recorder's thread alone. `picture` is there while the server is away, `fault` says why."""

    def __init__(self, delivery: Delivery, book: SessionBook, clock: Clock, gap_s: float, character: str) -> None:
        self._delivery = delivery
        self._book = book
        self._clock = clock
        self._gap_s = gap_s
        self._character = character
        self.picture: Picture | None = None
        self.fault: EnvironmentFault | None = None

    @property
    def waiting(self) -> int:
        """So many events wait in the spool."""
        return self._delivery.waiting

    @property
    def is_waiting(self) -> bool:
        """Whether what comes in has to wait: the server is away, or not everything before it was delivered yet."""
        return self.picture is not None or self.waiting > 0

    def stop(self) -> None:
        self._delivery.stop()

    def begin(self, fault: EnvironmentFault) -> None:
        """The server does not answer at the start: what waits from before is in the picture."""
        self.go(fault)
        for submission in self._delivery.everything():
            self._draw(submission, {})

    def go(self, fault: EnvironmentFault) -> None:
        """The server went: the live picture goes on without it."""
        log.error("%s; what comes in waits in the spool", fault)
        self.fault = fault
        if self.picture is None:
            self.picture = Picture(self._book, self._gap_s)

    def keep(self, tallies: Sequence[Tally], *, complete: bool) -> None:
        """Keep submissions in the spool. `complete`: their events had numbers, and the commit may have arrived."""
        for tally in tallies:
            submission = tally.submission
            passed: set[int] = set()
            if complete:
                passed = set(range(len(submission.batch))) - tally.numbers.keys()
            try:
                kept = self._delivery.keep(submission, self._character, tally.numbers if complete else {}, passed)
            except EnvironmentFault as fault:
                self.fault = fault
                submission.done.set_exception(fault)
                continue
            done = (tally.duplicates, tuple(tally.rejected)) if complete else (0, ())
            submission.done.set_result(Receipt(kept, *done, self._draw(submission, tally.numbers)))

    def deliver(self, store: Callable[[list[Submission]], None]) -> None:
        """Hand what waits to `store` where it is time to try; it raises EnvironmentFault while the server is away."""
        if self.is_waiting and self._delivery.is_due(self._clock.monotonic()):
            self._hand_over(store)

    def deliver_left(self, store: Callable[[list[Submission]], None]) -> None:
        """At the start, with a server that answers: what an earlier program left. A short command has no later time."""
        if self.picture is None and self.waiting:
            self._hand_over(store)

    def _hand_over(self, store: Callable[[list[Submission]], None]) -> None:
        waiting = self.waiting
        try:
            self._delivery.deliver(store)
        except EnvironmentFault as fault:
            self.fault = fault
            return
        log.info("the database server is back; %d events that waited were delivered", waiting)
        self.fault = self.picture = None

    def _draw(self, submission: Submission, numbers: Mapping[int, int]) -> str | None:
        """Add to the picture what it does not hold yet -> the session, as it will probably be named."""
        if self.picture is None:
            return None
        default, folded = submission.character or self._character, self.picture.folded
        new = [
            (occurrence, occurrence.event.character or default)
            for index, occurrence in enumerate(submission.batch)
            if numbers.get(index) not in folded
        ]
        return self.picture.add(new, self._clock.now())
