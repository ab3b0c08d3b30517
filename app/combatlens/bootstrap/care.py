"""Checking, backing up and restoring a home's store."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.profiles import ProfileFolders
from combatlens.adapters.settings_file import TomlSettings
from combatlens.adapters.storage import engine as engines
from combatlens.adapters.storage import upkeep
from combatlens.adapters.storage.anonymise import anonymise
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.store import SqlStore
from combatlens.adapters.storage.transfer import export_store, import_store
from combatlens.adapters.storage.upkeep import Pruned
from combatlens.bootstrap.core import fold_rules, profile_folders
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.bootstrap.store import bring_up, copy_file, has_store, open_engine
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.fold import FoldRules
from combatlens.services.editor import recount_all
from combatlens.services.usage_log import UsageLog


def check_store(home: Home) -> dict[str, Any]:
    """{"sound", "sessions", "events", "problems": [text]}. Raises EnvironmentFault where there is no store."""
    engine = _opened(home, read_only=True)
    folders = profile_folders(home)
    problems: list[str] = []
    try:
        engines.ensure_current(engine)
        with engines.faults(), engine.connect() as connection:
            if not home.database_url:  # a server checks its pages and foreign keys itself
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
    _file_only(home, "use pg_dump, or combatlens db export")
    return copy_file(home, target)


def restore_store(home: Home, source: Path) -> str:
    """Put `source` in place of the store, which is kept beside it. Raises EnvironmentFault, HomeInUse."""
    _file_only(home, "use pg_restore, or combatlens db import")
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
    with _writing(home, "combatlens db upgrade", current=False) as engine:
        now = engines.revision(engine)
        kept = bring_up(home, engine)
        if now == engines.HEAD_REVISION:
            return f"the schema is up to date ({now})"
        return f"the schema is now {engines.HEAD_REVISION}" + (f"; the one before it is kept as {kept}" if kept else "")


def prune_store(
    home: Home, older_than_s: float, *, kinds: Sequence[str] = (), character: str = "", dry_run: bool = False
) -> Pruned:
    """Take away the events of sessions that ended so long ago; sessions and rollups stay. Raises EnvironmentFault."""
    now = SystemClock().now()
    with _writing(home, "combatlens db prune") as engine:
        return upkeep.prune(engine, now - older_than_s, now, kinds=kinds, character=character, dry_run=dry_run)


def anonymise_store(home: Home) -> int:
    """Names to salted hashes, what people wrote dropped -> the number of sessions. Raises EnvironmentFault."""
    clock = SystemClock()
    with _writing(home, "combatlens db anonymise") as engine:
        count = anonymise(engine, secrets.token_bytes(32), clock.now())
        recount_all(SqlStore(engine), partial(_rules, profile_folders(home)))
        if not home.database_url:
            upkeep.optimize(engine, home.database)  # so that the names are not left in free pages
        UsageLog(
            home.usage_log, SqlHistory(engine), clock, TomlSettings(home.settings).load().log_sessions_kept
        ).rebuild()
        home.insights.unlink(missing_ok=True)
    return count


def optimize_store(home: Home) -> tuple[int, int]:
    """Compact the store -> bytes before and after. Raises EnvironmentFault, HomeInUse."""
    with _writing(home, "combatlens db optimize") as engine:
        return upkeep.optimize(engine, home.database)


def grant_role(home: Home, role: str, login: str) -> None:
    """On a PostgreSQL server. Raises EnvironmentFault."""
    engine = open_engine(home)
    try:
        if home.database_url:
            bring_up(home, engine)
        upkeep.grant(engine, role, login)
    finally:
        engine.dispose()


def export_to(home: Home, target: Path, kind: str) -> int:
    """The whole store as a file -> its number of events. Raises EnvironmentFault."""
    engine = _opened(home, read_only=True)
    try:
        engines.ensure_current(engine)
        return export_store(engine, target, kind)
    finally:
        engine.dispose()


def import_from(home: Home, source: Path) -> int:
    """Fill an empty store -> the number of events. Raises EnvironmentFault, HomeInUse."""
    with _writing(home, "combatlens db import") as engine:
        return import_store(engine, source, home.machine)


def _file_only(home: Home, remedy: str) -> None:
    if home.database_url:
        raise EnvironmentFault("this is for the store in a file", remedy)


def _opened(home: Home, *, read_only: bool) -> Engine:
    if not has_store(home):
        raise EnvironmentFault(f"there is no store in {home.root}", "record a session first, or name it with --home")
    return open_engine(home, read_only=read_only)


@contextmanager
def _writing(home: Home, what: str, *, current: bool = True) -> Iterator[Engine]:
    """The store under the home's lock, its schema `current`."""
    home.prepare()
    lock = HomeLock(home)
    lock.acquire(what, wait_s=2.0)
    engine = open_engine(home)
    try:
        if current:
            bring_up(home, engine)
        yield engine
    finally:
        engine.dispose()
        lock.release()
