"""What follows the end of a session, on a thread of its own: the usage log, then the learner."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from combatlens.domain.errors import Ending, EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ports import Clock

log = logging.getLogger(__name__)

Step = Callable[[Sequence[str]], None]


class Closing:
    """Runs `steps` for the sessions that ended. A step that fails is told and tried again with the next session."""

    def __init__(self, steps: Sequence[tuple[str, Step]], clock: Clock) -> None:
        self._steps = tuple(steps)
        self._clock = clock
        self._wake = threading.Condition()
        self._waiting: list[str] = []
        self._callbacks: list[Callable[[], None]] = []
        self._busy = False
        self._held = False
        self._stopping = False
        self._fault: Health | None = None
        self._thread = threading.Thread(target=self._run, name="closing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ended(self, session_id: str) -> None:
        """A session has ended; returns at once."""
        with self._wake:
            self._waiting.append(session_id)
            self._wake.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, sessions are only gathered: many of them end, and one run for all is enough."""
        with self._wake:
            self._held = True
        try:
            yield
        finally:
            with self._wake:
                self._held = False
                self._wake.notify_all()

    def wait(self, timeout: float | None) -> bool:
        """Wait until everything handed over so far is done (None: however long). False when time ran out."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._busy, timeout)

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call back on the closing thread once everything handed over so far is done."""
        with self._wake:
            self._callbacks.append(callback)
            self._wake.notify_all()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish what waits, then end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def health(self) -> tuple[Health, ...]:
        return (self._fault,) if self._fault else ()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: (self._waiting and not self._held) or self._callbacks or self._stopping)
                if not self._waiting and not self._callbacks:
                    return
                ids, self._waiting, self._busy = self._waiting, [], True
                callbacks, self._callbacks = self._callbacks, []
            try:
                if ids:
                    self._do(list(dict.fromkeys(ids)))
                for callback in callbacks:
                    callback()
            finally:
                with self._wake:
                    self._busy = False
                    self._wake.notify_all()

    def _do(self, ids: list[str]) -> None:
        fault: Health | None = None
        for name, step in self._steps:
            try:
                step(ids)
            except Ending as word:
                log.info("%s: %s", name, word)
            except EnvironmentFault as error:
                log.error("%s: %s", name, error)
                fault = Health(name, "warning", error.what, error.remedy, self._clock.now())
        self._fault = fault
