"""Importing logs and event lines into a home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from combatlens.bootstrap.core import Core, worker_command
from combatlens.bootstrap.home import Home
from combatlens.domain.present import session_json
from combatlens.domain.profile import GameProfile
from combatlens.domain.records import SessionSummary
from combatlens.services.importer import Importer, ImportResult, LogParser, Progress, sessions_of

EVENTS = "events"


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
        importer = Importer(core.recorder, _opener(core, profile), core.clock, progress=progress, cancel=cancelled)
        result = importer.run(files, core.profile, player)
        core.recorder.finish_past().result()
        core.closing.wait(None)
        return Imported(result, _sessions(core, result))
    finally:
        core.stop()


def _sessions(core: Core, result: ImportResult) -> tuple[SessionSummary, ...]:
    """Every session that the files' events are in, oldest first; also when they had been taken in before."""
    ids = [name for who, spans in result.spans.items() for name in sessions_of(spans, core.store.heads(who))]
    found = (core.history.summary(session_id) for session_id in ids)
    return tuple(sorted(found, key=lambda summary: (summary.start_time, summary.session_id)))


def _opener(core: Core, profile: str | None) -> Callable[[Path, GameProfile, str], LogParser]:
    if profile == EVENTS:
        from combatlens.adapters.event_lines import EventLines

        return lambda path, profile, _player: EventLines(path, core.clock, profile.character)
    from combatlens.adapters.combat_log.parsing import open_with

    return open_with(worker_command("parse"))
