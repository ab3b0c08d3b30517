"""The event sources of a profile, wired."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from combatlens.adapters.combat_log.dialect import Dialect
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.screen import screen_source
from combatlens.ports import EventSource


class DocumentPositions:
    """Where sources stopped reading, kept in the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def load(self, key: str) -> dict[str, Any] | None:
        body = self._store.document(f"position:{key}")
        try:
            found: dict[str, Any] | None = json.loads(body) if body else None
        except ValueError:  # read again from the beginning: what is known already counts once
            return None
        return found

    def save(self, key: str, position: dict[str, Any]) -> None:
        self._store.put_document(f"position:{key}", json.dumps(position) if position else None)


def sources_of(core: Core) -> list[EventSource]:
    """The inbox always; the combat log and the screen where the profile asks for them."""
    from combatlens.adapters.inbox import Inbox

    # the files are of this machine: their places are too, and a server that is away does not hold them up
    away = bool(core.home.database_url)
    positions = FilePositions(core.home.positions) if away else DocumentPositions(core.store)
    found: list[EventSource] = [Inbox(core.home.inbox, positions, core.clock)]
    log = core.profile.log
    if log.enabled and log.paths:
        from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
        from combatlens.adapters.combat_log.tail import LogTail

        def dialect_of(path: Path, begin: int) -> Dialect:
            return open_dialect(log, take_sample(path, log.encoding), path, core.profile.character, begin=begin)

        found.append(LogTail("combat log", log.paths, dialect_of, positions, core.clock, encoding=log.encoding))
    screen = screen_source(core.profile, core.home, core.clock, lambda place: core.overlay_covers(place), core.intake)
    if screen is not None:
        found.append(screen)
    return found
