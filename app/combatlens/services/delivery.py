"""What the recorder does while the store's server is away: events wait in the spool and are delivered once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import groupby

from msgspec import Struct, structs

from combatlens.domain.events import Occurrence
from combatlens.identity import new_id
from combatlens.ports import Origin, Receipt, RowRefused, Spool, Spooled

log = logging.getLogger(__name__)

CHUNK = 5_000
RETRY_S = 2.0
KNOCK_S = 8.0
"""At the end, an unanswered look whether the server is back is waited for so long."""


class Submission(Struct):
    batch: Sequence[Occurrence]
    character: str
    done: Future[Receipt]
    after: Future[Receipt] | None = None
    origin: Origin | None = None


class Delivery:
    """The recorder's side of the spool; on its thread alone.

    Each event that waits gets an id, so that a delivery whose answer was lost counts once when it is repeated. An
    event that was on its way when the server went keeps the number it was tried with: `known_numbers` tells whether
    it had arrived.
    """

    def __init__(
        self,
        spool: Spool,
        known_numbers: Callable[[Sequence[int]], set[int]],
        reach: Callable[[], None] = lambda: None,
        knock: Callable[[], bool] | None = None,
    ) -> None:
        """`reach` makes the server ready to be written to; it may raise EnvironmentFault.

        `knock` says whether the server answers. It runs on a thread of its own, since it may take seconds, in which
        what comes in is not to wait. None: `reach` itself finds out.
        """
        self._spool = spool
        self._known_numbers = known_numbers
        self._reach = reach
        self._knock = knock
        self._next_try = 0.0
        self._knocking: threading.Thread | None = None
        self._answered = False

    @property
    def waiting(self) -> int:
        return len(self._spool)

    def keep(self, submission: Submission, default: str, tried: Mapping[int, int], passed: set[int]) -> int:
        """Put a submission's events into the spool, but those `passed` over. Returns their count.

        `tried`: index in the batch -> the number it was tried with. Raises EnvironmentFault.
        """
        kept = [
            Spooled(
                number=0, tried=tried.get(index, 0), at=occurrence.at, source=occurrence.source,
                character=occurrence.event.character or submission.character or default,
                resolution=occurrence.resolution,
                event=occurrence.event
                if occurrence.event.id is not None
                else structs.replace(occurrence.event, id=f"spool-{new_id(occurrence.at)}"),
            )
            for index, occurrence in enumerate(submission.batch)
            if index not in passed
        ]  # fmt: skip
        self._spool.put(kept)
        return len(kept)

    def is_due(self, now: float) -> bool:
        """Whether to try the server again, at the monotonic moment `now`."""
        if self._answered:
            self._answered = False
            return True
        if now < self._next_try or (self._knocking is not None and self._knocking.is_alive()):
            return False
        self._next_try = now + RETRY_S
        if self._knock is None:
            return True
        self._knocking = threading.Thread(target=self._ask, name="knock", daemon=True)
        self._knocking.start()
        return False

    def _ask(self) -> None:
        if self._knock is not None and self._knock():
            self._answered = True

    def everything(self) -> Iterator[Submission]:
        """What waits, in order; it stays."""
        after = 0
        while chunk := self._spool.take(CHUNK, after):
            after = chunk[-1].number
            yield from _submissions(chunk)

    def deliver(self, record: Callable[[list[Submission]], None]) -> None:
        """Hand over what waits, in order, chunk by chunk. Raises EnvironmentFault with the rest still waiting."""
        self._reach()
        while chunk := self._spool.take(CHUNK):
            arrived = self._known_numbers([s.tried for s in chunk if s.tried])
            rest = [s for s in chunk if s.tried not in arrived]
            try:
                record(_submissions(rest))
            except RowRefused as fault:
                log.error("%s: what waits is delivered one by one", fault)
                self._one_by_one(rest, record)
            self._spool.drop(chunk[-1].number)

    def _one_by_one(self, events: list[Spooled], record: Callable[[list[Submission]], None]) -> None:
        """An event that the store will not take is set aside; it does not hold up the others."""
        for event in events:
            try:
                record(_submissions([event]))
            except RowRefused as fault:
                log.error("event %s is kept in the spool as refused: %s", event.event.id, fault)
                self._spool.set_aside(event, str(fault))

    def stop(self, timeout: float = KNOCK_S) -> None:
        if self._knocking is not None:
            self._knocking.join(timeout)


def _submissions(events: list[Spooled]) -> list[Submission]:
    found = []
    for character, part in groupby(events, key=lambda s: s.character):
        batch = [Occurrence(s.event, s.at, s.source, s.resolution) for s in part]
        found.append(Submission(batch, character, Future()))
    return found
