"""`logs/combat_usage_log.json`: the newest sessions, in the shape that bots know; the store is the truth behind it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

from combatlens.domain.errors import NotFound
from combatlens.domain.present import session_json
from combatlens.domain.records import SessionSummary
from combatlens.ports import Clock
from combatlens.services.files import read_json_object, write_json


class Sessions(Protocol):
    def newest(self, count: int) -> list[SessionSummary]: ...
    def summary(self, session_id: str) -> SessionSummary: ...
    def totals(self) -> tuple[int, float]: ...


class UsageLog:
    """Written whole or not at all; a broken file is set aside and made again from the store."""

    def __init__(self, path: Path, sessions: Sessions, clock: Clock, kept: int = 500) -> None:
        self._path = path
        self._sessions = sessions
        self._clock = clock
        self._kept = kept

    def update(self, ended: Collection[str]) -> None:
        """Bring the file up to date with sessions that have just ended."""
        if len(ended) >= self._kept:  # an import of a long past: most of them would not stay
            self.rebuild()
            return
        found = read_json_object(self._path, self._clock)
        entries = found.get("sessions") if found else None
        total, xp = self._sessions.totals()
        if not isinstance(entries, list) or len(entries) > total or not all(_has_id(entry) for entry in entries):
            self.rebuild()
            return
        by_id = {entry["session_id"]: entry for entry in entries}
        try:
            for session_id in ended:
                by_id[session_id] = session_json(self._sessions.summary(session_id))
        except NotFound:  # it was deleted
            self.rebuild()
            return
        if len(by_id) < min(total, self._kept):
            self.rebuild()
            return
        newest = sorted(by_id.values(), key=lambda entry: (entry["start_time"], entry["session_id"]))[-self._kept :]
        self._write(newest, total, xp)

    def rebuild(self) -> None:
        """Make the file again from the store alone."""
        read_json_object(self._path, self._clock)
        total, xp = self._sessions.totals()
        self._write([session_json(summary) for summary in self._sessions.newest(self._kept)], total, xp)

    def _write(self, entries: list[Any], total: int, xp: float) -> None:
        whole = int(xp) if xp.is_integer() else xp
        write_json(self._path, {"sessions": entries, "total_sessions": total, "total_xp": whole})


def _has_id(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("session_id"), str) and "start_time" in entry
