"""Checking, backing up and restoring a home's store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import text

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.profiles import ProfileFolders
from combatlens.adapters.storage import engine as engines
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.core import fold_rules, profile_folders
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.fold import FoldRules


def check_store(home: Home) -> dict[str, Any]:
    """{"sound", "sessions", "events", "problems": [text]}. Raises EnvironmentFault where there is no store."""
    if not home.database.exists():
        raise EnvironmentFault(f"there is no store in {home.root}", "record a session first, or name it with --home")
    engine = engines.open_sqlite(home.database, read_only=True)
    folders = profile_folders(home)
    problems: list[str] = []
    try:
        with engines.faults(), engine.connect() as connection:
            whole = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            problems += [f"the file: {line}" for line in whole if line != "ok"]
            orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
            problems += [f"{row[0]}: a row without its session" for row in orphans]
            sessions = connection.execute(text("SELECT count(*) FROM sessions")).scalar_one()
            events = connection.execute(text("SELECT count(*) FROM events")).scalar_one()
        store, history = SqlStore(engine), SqlHistory(engine)
        for head in store.heads():
            for wrong in differences(store, history, head, _rules(folders, head.profile)):
                problems.append(f"{head.session_id}: {wrong}")
    finally:
        engine.dispose()
    return {"sound": not problems, "sessions": sessions, "events": events, "problems": problems}


def _rules(folders: ProfileFolders, name: str) -> FoldRules:
    try:
        return fold_rules(folders.load(name))
    except NotFound:
        return FoldRules()


def backup_store(home: Home, target: Path) -> int:
    """A consistent copy, made while others write. Returns its number of events. Raises EnvironmentFault."""
    if target.exists():
        raise EnvironmentFault(f"{target} exists already", "name another file")
    try:
        with (
            closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0]
            events = copy.execute("SELECT count(*) FROM events").fetchone()[0]
    except sqlite3.Error as error:
        raise EnvironmentFault(f"the backup could not be made: {error}", "check the paths and the disk") from error
    if sound != "ok":
        raise EnvironmentFault(f"the copy is not sound: {sound}", "run combatlens db check")
    return int(events)


def restore_store(home: Home, source: Path) -> str:
    """Put `source` in place of the store, which is kept beside it. Raises EnvironmentFault, HomeInUse."""
    home.prepare()
    lock = HomeLock(home)
    lock.acquire("combatlens db restore", wait_s=2.0)
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as found:
            try:
                sound = found.execute("PRAGMA integrity_check").fetchone()[0]
                found.execute("SELECT count(*) FROM events")
            except sqlite3.Error as error:
                raise EnvironmentFault(f"{source} is no backup of a store: {error}", "name another file") from error
            if sound != "ok":
                raise EnvironmentFault(f"{source} is not sound: {sound}", "name another backup")
            kept = _put_aside(home)
            with closing(sqlite3.connect(home.database)) as target:
                found.backup(target)
    finally:
        lock.release()
    return f"restored from {source}" + (f"; the store before it is kept as {kept}" if kept else "")


def _put_aside(home: Home) -> Path | None:
    if not home.database.exists():
        return None
    with closing(sqlite3.connect(home.database)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = home.database.with_name(f"combatlens.db.before-restore-{int(SystemClock().now())}")
    home.database.rename(kept)
    for suffix in ("-wal", "-shm"):
        home.database.with_name(home.database.name + suffix).unlink(missing_ok=True)
    return kept


def upgrade_store(home: Home) -> str:
    """Bring the schema up to date after a backup beside it. Raises EnvironmentFault, HomeInUse."""
    home.prepare()
    lock = HomeLock(home)
    lock.acquire("combatlens db upgrade", wait_s=2.0)
    engine = engines.open_sqlite(home.database)
    try:
        now = engines.revision(engine)
        if now == engines.HEAD_REVISION:
            return f"the schema is up to date ({now})"
        note = ""
        if now is not None:
            copy = home.database.with_name(f"combatlens.db.before-{engines.HEAD_REVISION}-{int(SystemClock().now())}")
            backup_store(home, copy)
            note = f"; the one before it is kept as {copy}"
        engines.upgrade(engine)
        return f"the schema is now {engines.HEAD_REVISION}{note}"
    finally:
        engine.dispose()
        lock.release()
