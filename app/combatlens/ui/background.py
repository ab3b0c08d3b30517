"""One worker thread for everything that may block: files, the store, key bindings. Results come back by signal."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from combatlens.domain.errors import EnvironmentFault


class _Job:
    def __init__(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[EnvironmentFault], None]
    ):
        self.work, self.done, self.failed = work, done, failed
        self.cancelled = False


class Ticket:
    """A job under way. Once cancelled neither of its callbacks runs."""

    def __init__(self, job: _Job) -> None:
        self._job = job

    def cancel(self) -> None:
        self._job.cancelled = True


class Worker(QObject):
    """Runs jobs in order on a thread of its own, started with the first one. Callbacks run on the GUI thread.

    An `EnvironmentFault` goes to `failed`; any other exception is a bug and is raised again on the GUI thread.
    """

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None, name: str = "ui-worker") -> None:
        super().__init__(parent)
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[EnvironmentFault], None],
    ) -> Ticket:
        job = _Job(work, done, failed)
        if not self._stopped:
            self._jobs.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                self._thread.start()
        return Ticket(job)

    def stop(self, timeout: float = 5.0) -> None:
        """Finish what was asked before, then end. Safe to call twice."""
        self._stopped = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout)
            self._thread = None

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.cancelled:
                continue
            call: Callable[[], None]
            try:
                result = job.work()
            except EnvironmentFault as fault:
                call = _later(job.failed, fault)
            except BaseException as bug:  # noqa: BLE001 - carried to the GUI thread, where it is raised again
                call = _later(_raise, bug)
            else:
                call = _later(job.done, result)
            self._answered.emit((job, call))

    def _deliver(self, answer: tuple[_Job, Callable[[], None]]) -> None:
        job, call = answer
        if not job.cancelled and not self._stopped:
            call()


def _later(function: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: function(value)


def _raise(error: BaseException) -> None:
    raise error
