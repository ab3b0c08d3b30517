"""Opening a home's store: its file, or the PostgreSQL server that COMBATLENS_DATABASE names."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, make_url, text

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage.engine import (
    HEAD_REVISION,
    StoreDamaged,
    ensure_whole,
    faults,
    open_postgresql,
    open_sqlite,
    revision,
    upgrade,
)
from combatlens.adapters.storage.file_words import BUSY_TIMEOUT_MS, file_fault, only_read
from combatlens.adapters.storage.salvage import Salvaged, salvage
from combatlens.adapters.storage.sound_rows import ensure_readable
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault

log = logging.getLogger(__name__)

QUICK_BYTES = 200_000_000
"""A larger file is read whole only when damage was met in it: a start is not to take a minute after each crash."""


def open_engine(home: Home, *, synchronous: str = "normal", read_only: bool = False) -> Engine:
    """Raises EnvironmentFault."""
    if home.database_url:
        return open_postgresql(home.database_url)
    return open_sqlite(home.database, synchronous=synchronous, read_only=read_only)


def has_store(home: Home) -> bool:
    """Whether there is something to open."""
    return bool(home.database_url) or home.database.exists()


def open_sound(home: Home, *, synchronous: str, thorough: bool) -> tuple[Engine, Salvaged | None]:
    """The store with its schema up to date. A damaged file is set aside, and what can be read of it is recovered.

    `thorough`: read the whole file, as after a crash. Under the home's lock. Raises EnvironmentFault.
    """
    engine = open_engine(home, synchronous=synchronous)
    try:
        bring_up(home, engine)
        if not home.database_url and (thorough or _broke_off(home, engine)):
            ensure_whole(engine)
        if not home.database_url and thorough:
            ensure_readable(engine)
        return engine, None
    except StoreDamaged as fault:
        engine.dispose()
        log.error("%s: recovering what can be read", fault.what)
    except BaseException:
        engine.dispose()
        raise
    aside = _set_aside(home)
    engine = open_engine(home, synchronous=synchronous)
    try:
        upgrade(engine)
        found = salvage(aside, engine)
        log.error("%s", found.told())
        return engine, found
    except BaseException as fault:
        engine.dispose()
        _put_back(home, aside)
        if isinstance(fault, OSError):
            reason = f"the database file is damaged, and cannot be recovered now: {fault.strerror}"
            raise EnvironmentFault(reason, "make room on the disk of the home, and start again") from fault
        raise


def _broke_off(home: Home, engine: Engine) -> bool:
    """Whether the last program that wrote here did not end its sessions, in a file that is quickly read."""
    if home.database.stat().st_size > QUICK_BYTES:
        return False
    with faults(), engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM sessions WHERE end_at IS NULL LIMIT 1")).first() is not None


def _set_aside(home: Home) -> Path:
    aside = home.database.with_name(f"combatlens.db.damaged-{int(SystemClock().now())}")
    for end in ("-wal", "-shm", ""):
        part = home.database.with_name(home.database.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _put_back(home: Home, aside: Path) -> None:
    """After a recovery that did not come to its end: the next start is to try again, not to find an empty store."""
    for end in ("-wal", "-shm", ""):
        name = home.database.name + end
        home.database.with_name(name).unlink(missing_ok=True)
        if (part := aside.with_name(aside.name + end)).exists():
            part.rename(home.database.with_name(name))


def bring_up(home: Home, engine: Engine) -> Path | None:
    """Bring the schema up to date; an older file is copied before. Returns the copy. Raises EnvironmentFault."""
    now = revision(engine)
    kept = None
    if now is not None and now < HEAD_REVISION and not home.database_url:
        kept = home.database.with_name(f"combatlens.db.before-{HEAD_REVISION}-{int(SystemClock().now())}")
        copy_file(home, kept)
    upgrade(engine)
    return kept


def dump_server(home: Home, target: Path) -> Path | None:
    """Back up the server's database to `target` with PostgreSQL's own pg_dump; None where it is not installed.

    Raises EnvironmentFault.
    """
    program = shutil.which("pg_dump")
    if program is None:
        return None
    url = make_url(home.database_url)
    environment = {**os.environ, "PGPASSWORD": url.password} if url.password else None  # arguments can be seen by all
    where = server_address(home)
    try:
        subprocess.run(
            [program, "--format=custom", f"--file={target}", f"--dbname={where}"],
            env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        target.unlink(missing_ok=True)
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        reason = next((line for line in lines if "error:" in line), lines[-1]).removeprefix("pg_dump: error: ")
        remedy = "use the login of an owner of the tables, or make a pg_dump of your own"
        raise EnvironmentFault(f"the server could not be backed up: {reason}", remedy) from error
    return target


def server_address(home: Home, database: str | None = None) -> str:
    """The server's address without a password; `database`: with another one in its place."""
    url = make_url(home.database_url)
    named = url.set(drivername="postgresql", database=database or url.database)
    return named._replace(password=None).render_as_string()  # `set` leaves a password that is None where it is


@contextmanager
def _openable(home: Home, workplace: Path) -> Iterator[Path]:
    """The store's file; of a disk that is read-only, where SQLite opens none and nobody writes, a copy."""
    if not hasattr(os, "statvfs") or not os.statvfs(home.root).f_flag & os.ST_RDONLY:
        yield home.database
        return
    with TemporaryDirectory(dir=workplace, prefix=".copy-") as folder:
        for end in ("", "-wal"):
            if (part := home.database.with_name(home.database.name + end)).exists():
                shutil.copyfile(part, Path(folder) / part.name)
        yield Path(folder) / home.database.name


def copy_file(home: Home, target: Path) -> int:
    """A consistent copy of the store's file, made while others write -> its events. Raises EnvironmentFault."""
    if target.exists():
        raise EnvironmentFault(f"{target} exists already", "name another file")
    try:
        with (
            _openable(home, target.parent) as database,
            closing(sqlite3.connect(only_read(database), timeout=BUSY_TIMEOUT_MS / 1000, uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.execute("SELECT 1 FROM sqlite_master").fetchone()  # `backup` waits for a lock without end
            source.backup(copy)
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0]
            events = copy.execute("SELECT count(*) FROM events").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        why, remedy = str(error), "check the folder and the disk"
        if "locked" in why:
            why, remedy = file_fault(why).what, file_fault(why).remedy
        raise EnvironmentFault(f"the backup {target} could not be made: {why}", remedy) from error
    if sound != "ok":
        target.unlink()
        raise EnvironmentFault(f"the copy is not sound: {sound}", "run combatlens db check")
    return int(events)
