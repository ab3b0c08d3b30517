"""A file of event lines (JSON, one a line), for `import --profile events`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Generator
from pathlib import Path

from msgspec import structs

from combatlens.domain.door import admit, decode_event
from combatlens.domain.errors import EnvironmentFault, RefusedEvent
from combatlens.domain.events import Occurrence
from combatlens.ports import Clock
from combatlens.services.importer import ParsedBatch
from combatlens.services.spans import spans_of
from combatlens.services.tally import Tally

BATCH = 5000


class EventLines:
    """`services.importer.LogParser`. A line without an id is known by its text and its ordinal among equals."""

    dialect = "events"
    player = ""

    def __init__(self, path: Path, clock: Clock, character: str) -> None:
        """`character`: whose events they are that name nobody. Raises EnvironmentFault."""
        self._path = path
        self._clock = clock
        self._character = character
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check its path and rights") from error

    def batches(self) -> Generator[ParsedBatch, None, None]:
        seen: Counter[bytes] = Counter()
        tally = Tally()
        events: list[Occurrence] = []
        refused: Counter[str] = Counter()
        lines = done = 0
        with self._path.open("rb") as file:
            for raw in file:
                done += len(raw)
                text = raw.strip().removeprefix(b"\xef\xbb\xbf")
                lines += 1
                try:
                    if text:
                        events.append(self._event(text, seen))
                except RefusedEvent as refusal:
                    refused[refusal.what] += 1
                if lines >= BATCH:
                    yield self._batch(events, lines, refused, done, tally)
                    events, refused, lines = [], Counter(), 0
        yield self._batch(events, lines, refused, done, tally)

    def close(self) -> None:
        """Nothing stays open."""

    def _event(self, text: bytes, seen: Counter[bytes]) -> Occurrence:
        event = decode_event(text)
        if event.id is None:
            digest = hashlib.blake2b(text, digest_size=12).digest()
            event = structs.replace(event, id=f"line-{digest.hex()}-{seen[digest]}")
            seen[digest] += 1
        return admit(event, now=self._clock.now(), source="bot")

    def _batch(
        self, events: list[Occurrence], lines: int, refused: Counter[str], done: int, tally: Tally
    ) -> ParsedBatch:
        unmatched = sum(refused.values())
        silent = lines - len(events) - unmatched
        events.sort(key=lambda occurrence: occurrence.at)  # sessions are chosen in this order
        told = [occurrence.event for occurrence in events]
        tally.add(told, self._character, self._character)
        spans = spans_of(told, [occurrence.at for occurrence in events])
        return ParsedBatch(tuple(events), lines, silent, unmatched, dict(refused), done, spans, tally.changed())
