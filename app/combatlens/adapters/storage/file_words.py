"""What SQLite's complaints mean, in words. Without SQLAlchemy, for commands that only read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from combatlens.domain.errors import EnvironmentFault

HEAD_REVISION = "0005"
"""The newest migration: the schema that this program reads and writes."""

DAMAGE_SIGNS = ("malformed", "not a database", "file is encrypted", "no such table", "no such column")
"""The last two: the schema's version stands there, and what belongs to it does not."""
BUSY_TIMEOUT_MS = 10_000


def only_read(path: Path) -> str:
    """A URI that opens the file to read alone; a folder may have `?`, `#` and `%` in its name."""
    place = path.as_posix()
    return f"file:{'//' if place.startswith('/') else ''}{quote(os.fsencode(place), safe='/:')}?mode=ro"


class StoreDamaged(EnvironmentFault):
    """The store's file is not whole."""


@contextmanager
def readable() -> Iterator[None]:
    """What a row holds is no longer what was written there."""
    try:
        yield
    except msgspec.DecodeError as error:
        raise StoreDamaged(
            f"the database holds what cannot be read: {error}", "run: combatlens db check --mend"
        ) from error


def file_fault(reason: str) -> EnvironmentFault:
    """The fault behind what SQLite said."""
    if any(sign in reason for sign in DAMAGE_SIGNS):
        return StoreDamaged("the database file is damaged", "start CombatLens: what can be read is recovered")
    for sign, what, remedy in _SIGNS:
        if sign in reason:
            return EnvironmentFault(what, remedy)
    return EnvironmentFault(f"the database cannot be used: {reason}", "see combatlens doctor")


_SIGNS = (
    ("disk is full", "the disk is full", "free some space; recording goes on once there is room"),
    ("disk I/O error", "the disk cannot be read or written", "see whether it is full or broken; what was kept is kept"),
    ("readonly", "the database cannot be written", "make the home folder writable, or choose another with --home"),
    ("locked", "another program holds the database", "close it, or choose another folder with --home"),
    ("unable to open", "the database cannot be opened", "check that the home folder exists and is writable"),
)
