"""Importing logs and event lines into a home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

import msgspec
from msgspec import Struct

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home, HomeInUse
from combatlens.bootstrap.own_commands import worker_command
from combatlens.bootstrap.remote import running_instance
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.present import session_json
from combatlens.domain.profile import GameProfile
from combatlens.domain.records import SessionSummary
from combatlens.services.importer import Importer, ImportResult, LogParser, Progress
from combatlens.services.spans import sessions_of

EVENTS = "events"
POLL_S = 0.2
LEARNING_S = 300.0
"""In a running instance sessions may end all the time: the learner is waited for no longer than this."""


class Imported(Struct, frozen=True):
    """What `import --json` prints, and the run's own result."""

    result: ImportResult
    sessions: tuple[SessionSummary, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "files": msgspec.to_builtins(self.result.files),
            "sessions": [session_json(summary) for summary in self.sessions],
            "actors": msgspec.to_builtins(self.result.actors),
            "cancelled": self.result.cancelled,
        }


def import_files(
    home: Home,
    files: Sequence[Path],
    profile: str | None,
    player: str,
    session_gap: float | None,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Imported:
    """Import, learn, and return what came of it. Raises HomeInUse, EnvironmentFault."""
    name = None if profile == EVENTS else profile
    core = Core(home, what="an import", profile=name, session_gap_minutes=session_gap)
    try:
        core.start(catch_up=True)
        with core.closing.held():  # one run of the learner over all that came in, not one for each session
            result = take_in(core, files, profile, player, progress, cancelled)
        core.closing.wait(None)
        return Imported(result, _sessions(core, result))
    finally:
        core.stop()


def import_anyhow(
    home: Home,
    files: Sequence[Path],
    profile: str | None,
    player: str,
    session_gap: float | None,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> dict[str, Any]:
    """The same by whoever is the home's writer: this process, or the instance that runs on it. -> `--json`."""
    try:
        return import_files(home, files, profile, player, session_gap, progress, cancelled).as_json()
    except HomeInUse:
        remote = running_instance(home)
        if remote is None:
            raise
    if session_gap is not None:
        raise EnvironmentFault("the running CombatLens has its own session gap", "end it, or leave out --session-gap")
    paths = [str(file.resolve()) for file in files]
    remote.post("/v1/import", {"files": paths, "profile": profile, "player": player})
    asked = False
    while (state := remote.get("/v1/import"))["running"]:
        if state["progress"] is not None:
            progress(msgspec.convert(state["progress"], Progress))
        if cancelled() and not asked:
            remote.post("/v1/import/cancel")
            asked = True
        Flag().wait(POLL_S)
    if state["error"] is not None:
        raise EnvironmentFault(*state["error"])
    found: dict[str, Any] = state["result"]
    return found


class ImportDesk:
    """Imports that a running instance does for others, one at a time. Fills `bot_api.backend.Importing`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = Lock()
        self._thread: Thread | None = None
        self._cancel = Flag()
        self._progress: Progress | None = None
        self._result: dict[str, Any] | None = None
        self._fault: EnvironmentFault | None = None

    def start(self, files: Sequence[str], profile: str | None, player: str) -> None:
        """Begin to import. Raises EnvironmentFault."""
        own = self._core.profile.name
        if profile not in (None, EVENTS, own):
            raise EnvironmentFault(f"CombatLens runs with the profile {own!r}", f"end it to import with {profile!r}")
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise EnvironmentFault("another import is going on", "wait for it, or cancel it")
            self._cancel.clear()
            self._progress = self._result = self._fault = None
            paths = [Path(file) for file in files]
            self._thread = Thread(target=self._run, args=(paths, profile, player), name="import", daemon=True)
            self._thread.start()

    def state(self) -> dict[str, Any]:
        """`running`; `progress`; once it has ended, `result` as `import --json` prints it, or `error`."""
        running = self._thread is not None and self._thread.is_alive()
        fault = None if running or self._fault is None else (self._fault.what, self._fault.remedy)
        return {
            "running": running, "progress": msgspec.to_builtins(self._progress),
            "result": None if running else self._result, "error": fault,
        }  # fmt: skip

    def cancel(self) -> None:
        """End it after the batches that are on their way."""
        self._cancel.set()

    def stop(self, timeout: float = 10.0) -> None:
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, files: Sequence[Path], profile: str | None, player: str) -> None:
        core = self._core
        try:
            result = take_in(core, files, profile, player, self._show, self._cancel.is_set)
            core.closing.wait(LEARNING_S if not self._cancel.is_set() else 0.0)
            self._result = Imported(result, _sessions(core, result)).as_json()
        except EnvironmentFault as fault:
            self._fault = fault

    def _show(self, progress: Progress) -> None:
        self._progress = progress


def take_in(
    core: Core,
    files: Sequence[Path],
    profile: str | None,
    player: str,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> ImportResult:
    """Into the store, with the sessions of the past closed; without what follows their ends."""
    importer = Importer(core.recorder, _opener(core, profile), core.clock, progress=progress, cancel=cancelled)
    result = importer.run(files, core.profile, player)
    core.recorder.finish_past().result()
    return result


def _sessions(core: Core, result: ImportResult) -> tuple[SessionSummary, ...]:
    """Every session that the files' events are in, oldest first; also when they had been taken in before."""
    ids = [name for who, spans in result.spans.items() for name in sessions_of(spans, core.store.heads(who))]
    found = (core.history.summary(session_id) for session_id in ids)
    return tuple(sorted(found, key=lambda summary: (summary.start_time, summary.session_id)))


def _opener(core: Core, profile: str | None) -> Callable[[Path, GameProfile, str], LogParser]:
    if profile == EVENTS:
        from combatlens.adapters.event_lines import EventLines

        return lambda path, profile, _player: EventLines(path, core.clock, profile.character)
    from combatlens.adapters.combat_log.parser_process import open_with

    return open_with(worker_command("parse"))
