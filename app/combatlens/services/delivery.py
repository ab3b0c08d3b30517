"""What the recorder does while the store's server is away: events wait in the spool and are delivered once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from itertools import groupby

from msgspec import Struct, structs

from combatlens.domain.events import Occurrence
from combatlens.ports import Receipt, Spool, Spooled

CHUNK = 5_000
RETRY_S = 2.0


class Submission(Struct):
    batch: Sequence[Occurrence]
    character: str
    done: Future[Receipt]


class Delivery:
    """The recorder's side of the spool; on its thread alone.

    Each event that waits gets an id, so that a delivery whose answer was lost counts once when it is repeated. An
    event that was on its way when the server went keeps the number it was tried with: `known_numbers` tells whether
    it had arrived.
    """

    def __init__(self, spool: Spool, known_numbers: Callable[[Sequence[int]], set[int]]) -> None:
        self._spool = spool
        self._known_numbers = known_numbers
        self._next_try = 0.0

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
                else structs.replace(occurrence.event, id=f"spool-{uuid.uuid4().hex}"),
            )
            for index, occurrence in enumerate(submission.batch)
            if index not in passed
        ]  # fmt: skip
        self._spool.put(kept)
        return len(kept)

    def is_due(self, now: float) -> bool:
        """Whether to try the server again, at the monotonic moment `now`."""
        if not self._spool or now < self._next_try:
            return False
        self._next_try = now + RETRY_S
        return True

    def deliver(self, record: Callable[[list[Submission]], None]) -> None:
        """Hand over what waits, in order, chunk by chunk. Raises StoreAway with the rest still waiting."""
        while chunk := self._spool.take(CHUNK):
            arrived = self._known_numbers([s.tried for s in chunk if s.tried])
            rest = [s for s in chunk if s.tried not in arrived]
            record([_submission(list(part)) for _, part in groupby(rest, key=lambda s: s.character)])
            self._spool.drop(chunk[-1].number)

    def close(self) -> None:
        self._spool.close()


def _submission(events: list[Spooled]) -> Submission:
    batch = [Occurrence(s.event, s.at, s.source, s.resolution) for s in events]
    return Submission(batch, events[0].character, Future())
