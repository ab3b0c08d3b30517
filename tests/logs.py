"""Helpers for tests of combat logs: parse text, and a recorder that keeps what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from combatlens.adapters.combat_log.line_dialect import LineDialect
from combatlens.adapters.combat_log.reading import open_log
from combatlens.domain.events import Event, Occurrence
from combatlens.domain.profile import GameProfile, LogRules
from combatlens.ports import Origin, Receipt
from combatlens.services.importer import Importer, ImportResult


class FakeClock:
    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class MemoryRecorder:
    """Keeps events by id, as the store does; the receipt is done at once."""

    def __init__(self) -> None:
        self.events: dict[str, Occurrence] = {}
        self.characters: set[str] = set()

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
        origin: Origin | None = None,
    ) -> Future[Receipt]:  # fmt: skip
        self.characters.add(character)
        before = len(self.events)
        for occurrence in batch:
            assert occurrence.event.id
            self.events.setdefault(occurrence.event.id, occurrence)
        accepted = len(self.events) - before
        future: Future[Receipt] = Future()
        future.set_result(Receipt(accepted, len(batch) - accepted))
        return future

    def emit(self, batch: Sequence[Occurrence]) -> Future[Receipt]:
        return self.submit(batch)

    @property
    def ordered(self) -> list[Occurrence]:
        return sorted(self.events.values(), key=lambda o: o.at)


def profile(dialect: str = "auto", **rules: Any) -> GameProfile:
    return GameProfile(name="test", log=LogRules(dialect=dialect, **rules))


def import_log(
    *paths: Path, dialect: str = "auto", player: str = "", recorder: MemoryRecorder | None = None, **rules: Any
) -> tuple[ImportResult, MemoryRecorder]:
    recorder = recorder or MemoryRecorder()
    result = Importer(recorder, open_log, FakeClock()).run(paths, profile(dialect, **rules), player)
    return result, recorder


def events_of(dialect: LineDialect, *lines: str) -> list[Event]:
    return [occurrence.event for i, line in enumerate(lines) for occurrence in dialect.parse(line, i).events]
