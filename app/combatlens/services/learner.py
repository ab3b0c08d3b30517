"""The learner as the application sees it: ask at any time, one run at a time in a process of its own."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec
from msgspec import Struct

from combatlens.domain.errors import Ending, EnvironmentFault
from combatlens.domain.events import Recorded
from combatlens.domain.fold import FoldRules
from combatlens.domain.records import SessionSummary
from combatlens.domain.snapshot import Health, HealthState
from combatlens.domain.words import counted
from combatlens.learning.told import Told
from combatlens.ports import Clock

TIMEOUT_S = 300.0
RETRY_AFTER_S = (5.0, 30.0, 120.0)


class Learned(Struct, frozen=True, kw_only=True):
    """What a run found; the parent commits all of it or nothing. Bytes travel as base64.

    `stats`, `told`: of the sessions that were pending, replacing older ones. `history`, `insights`: in place of the
    last run's. `alerts`: of the pending sessions. `outdated`: sessions whose kept statistics are of an older version
    of the learner: they are to be pending again. `unfinished`: more sessions are pending than one run takes.
    """

    stats: dict[str, bytes] = {}
    told: dict[str, Told] = {}
    history: bytes = b""
    insights: dict[str, Any] = {}
    alerts: list[dict[str, Any]] = []
    outdated: tuple[str, ...] = ()
    unfinished: bool = False


class SessionToLearn(Struct, frozen=True):
    """`events`: the effective ones in fold order (`domain.refold.effective`); they are gone through several times."""

    summary: SessionSummary
    events: Iterable[Recorded]
    rules: FoldRules = FoldRules()


class Learner:
    """Runs the worker program when asked.

    `command`: how the worker is started. `commit` takes the result on the learner's thread and stores it; the
    futures of the requests are done after it. `begin` is called before each start of the worker. Requests that come
    during a run share the next one; none is lost.
    """

    def __init__(
        self,
        command: Sequence[str],
        commit: Callable[[Learned], None],
        clock: Clock,
        *,
        begin: Callable[[], None] = lambda: None,
        timeout_s: float = TIMEOUT_S,
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
    ) -> None:
        self._command = list(command)
        self._commit = commit
        self._begin = begin
        self._clock = clock
        self._timeout_s = timeout_s
        self._retry_after_s = tuple(retry_after_s)
        self._changed = threading.Condition()
        self._waiting: list[Future[Learned]] = []
        self._failures = 0
        self._stopping = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._health = Health("learner", "ok", "nothing learned yet", since=clock.now())

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="learner", daemon=True)
        self._thread.start()

    def request(self) -> Future[Learned]:
        """Ask for a run; the future is done when a run that began after this call is committed, or has failed."""
        future: Future[Learned] = Future()
        with self._changed:
            if self._stopping:
                future.set_exception(Ending("the learner has stopped", "start CombatLens again"))
                return future
            self._waiting.append(future)
            self._changed.notify()
        return future

    def health(self) -> Health:
        return self._health

    def stop(self, timeout: float = 5.0) -> None:
        """End a run that is going on; what it would have found is found at the next start. Safe to call twice."""
        with self._changed:
            self._stopping = True
            if self._process is not None:
                self._process.kill()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)
        with self._changed:
            left, self._waiting = self._waiting, []
        for future in left:
            future.cancel()

    def _loop(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._stopping:
                    if not self._changed.wait(self._retry_delay()) and self._failures:
                        break
                if self._stopping:
                    return
                served, self._waiting = self._waiting, []
            self._serve(served)

    def _retry_delay(self) -> float | None:
        """Seconds until a failed run is tried again by itself; None while nothing failed, or too often."""
        if 0 < self._failures <= len(self._retry_after_s):
            return self._retry_after_s[self._failures - 1]
        return None

    def _serve(self, futures: list[Future[Learned]]) -> None:
        self._say("starting", "learning from the newest sessions")
        try:
            learned = self._run()
            self._commit(learned)
            outdated: tuple[str, ...] = ()
            while learned.unfinished or learned.outdated not in ((), outdated):  # the same again: their events are gone
                outdated = learned.outdated
                learned = self._run()
                self._commit(learned)
        except EnvironmentFault as fault:
            self._failures += 1
            self._say("off" if self._stopping else "failed", fault.what, fault.remedy)
            for future in futures:
                future.set_exception(fault)
            return
        except BaseException as bug:
            self._say("failed", f"learning broke: {bug!r}", "please report it, with combatlens.log")
            for future in futures:
                future.set_exception(bug)
            raise
        self._failures = 0
        sessions = learned.insights.get("meta", {}).get("sessions", 0)
        self._say("ok", f"learned from {counted(sessions, 'session')}")
        for future in futures:
            future.set_result(learned)

    def _run(self) -> Learned:
        """Start the worker and read its answer. Its stdin stays open as long as it may live."""
        self._begin()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with self._changed:
                if self._stopping:
                    raise EnvironmentFault("the learner is stopping")
                try:
                    process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=out, stderr=err)
                except OSError as error:
                    raise EnvironmentFault(f"the learner could not be started: {error}", "install again") from error
                self._process = process
            try:
                code = process.wait(self._timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise EnvironmentFault(
                    f"learning took over {self._timeout_s:g} s and was ended",
                    "it is tried again; see `combatlens db optimize`",
                ) from None
            finally:
                with self._changed:
                    self._process = None
                if process.stdin is not None:
                    process.stdin.close()
            if self._stopping:
                raise Ending("learning was ended with the application", "the next start makes up for it")
            out.seek(0)
            err.seek(0)
            return _read(code, out.read(), err.read())

    def _say(self, state: HealthState, message: str, remedy: str = "") -> None:
        self._health = Health("learner", state, message, remedy, self._clock.now())


def _read(code: int, answer: bytes, complaint: bytes) -> Learned:
    if code != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {code}"]
        raise EnvironmentFault(f"learning failed: {last[0]}", "see combatlens.log; it is tried again")
    try:
        return msgspec.json.decode(answer, type=Learned)
    except msgspec.MsgspecError as error:
        raise EnvironmentFault(f"the learner's answer could not be read: {error}", "it is tried again") from error
