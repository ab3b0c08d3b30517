"""Runs the sources: starts each, restarts a failed one with back-off, and tells how they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.snapshot import Health
from combatlens.ports import Clock, EventSource, Receipt, Recorder

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
LOOK_EVERY_S = 1.0


class Supervisor:
    """Owns the event sources. `extra` adds the health of what is no source (the API, the store)."""

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        sources: Sequence[EventSource],
        extra: Callable[[], Iterable[Health]] = tuple,
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._sources = tuple(sources)
        self._extra = extra
        self._stop = threading.Event()
        self._pauses: dict[str, tuple[float, float]] = {}
        self._faults: dict[str, Health] = {}
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        for source in self._sources:
            self._start(source)
        if self._sources:
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)
        for source in self._sources:
            source.stop()

    def source(self, name: str) -> EventSource | None:
        return next((source for source in self._sources if source.name == name), None)

    def replace(self, source: EventSource) -> None:
        """Put a source in place of the one of the same name (or beside the others), and start it."""
        old = self.source(source.name)
        if old is not None:
            old.stop()
        self._faults.pop(source.name, None)
        self._sources = (*(one for one in self._sources if one is not old), source)
        self._start(source)

    def health(self) -> tuple[Health, ...]:
        own = tuple(self._faults.get(source.name) or source.health() for source in self._sources)
        return (*own, *self._extra())

    def _emit(self, batch: Sequence[Occurrence]) -> Future[Receipt]:
        return self._recorder.submit(batch)

    def _start(self, source: EventSource) -> None:
        try:
            source.start(self._emit)
            self._faults.pop(source.name, None)
        except EnvironmentFault as fault:
            log.warning("%s: %s", source.name, fault)
            self._faults[source.name] = Health(source.name, "failed", fault.what, fault.remedy, self._clock.now())

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            now = self._clock.monotonic()
            for source in self._sources:
                failed = source.name in self._faults or source.health().state == "failed"
                pause, due = self._pauses.get(source.name, (FIRST_PAUSE_S, now))
                if not failed:
                    if now > due + LONGEST_PAUSE_S:
                        self._pauses.pop(source.name, None)
                elif now >= due:
                    self._pauses[source.name] = (min(pause * 2, LONGEST_PAUSE_S), now + pause)
                    source.stop()
                    self._start(source)
