"""The event sources of a profile, wired."""

from __future__ import annotations

from pathlib import Path

from combatlens.adapters.combat_log.dialect import Dialect
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.bootstrap.core import Core, DocumentPositions
from combatlens.bootstrap.screen import screen_source
from combatlens.ports import EventSource


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
