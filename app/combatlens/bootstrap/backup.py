"""Backing up and restoring a home: its store alone, or with everything that belongs to it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from combatlens import __version__
from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage import engine as engines
from combatlens.adapters.storage.file_words import only_read
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.bootstrap.home_files import BACKED_UP, found
from combatlens.bootstrap.store import copy_file, dump_server, has_store, open_engine, server_address
from combatlens.domain.errors import EnvironmentFault

STORE = "combatlens.db"
LABEL = "combatlens-backup.json"


def backup_store(home: Home, target: Path) -> int:
    """A consistent copy, made while others write. Returns its number of events. Raises EnvironmentFault.

    A `.zip` holds settings, profiles, goals and learnings too; any other name is a copy of the store alone.
    """
    if home.database_url:
        return _backup_server(home, target)
    if not has_store(home):
        raise EnvironmentFault(f"there is no store in {home.root}", "record a session first, or name it with --home")
    if target.suffix.lower() != ".zip":
        return copy_file(home, target)
    if target.exists():
        raise EnvironmentFault(f"{target} exists already", "name another file")
    try:
        with TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder, zipfile.ZipFile(
            target, "x", zipfile.ZIP_DEFLATED
        ) as archive:  # fmt: skip
            events = copy_file(home, Path(folder) / STORE)
            archive.writestr(LABEL, json.dumps({"version": __version__, "schema": engines.HEAD_REVISION}))
            archive.write(Path(folder) / STORE, STORE)
            for path in found(home, BACKED_UP):
                archive.write(path, path.relative_to(home.root).as_posix())
        with zipfile.ZipFile(target) as archive:
            if (wrong := archive.testzip()) is not None:
                raise EnvironmentFault(f"the backup is not sound at {wrong}", "check the disk, and make it again")
    except OSError as error:
        target.unlink(missing_ok=True)
        raise EnvironmentFault(f"{target} cannot be written: {error.strerror}", "choose another place") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return events


def _backup_server(home: Home, target: Path) -> int:
    """The server's database as pg_dump writes it; read again by pg_restore."""
    if target.suffix.lower() == ".zip":
        raise EnvironmentFault("a .zip is for a store in a file", "name it FILE.dump: pg_dump writes its own format")
    if target.exists():
        raise EnvironmentFault(f"{target} exists already", "name another file")
    engine = open_engine(home)
    try:
        engines.ensure_current(engine)
        with engines.faults(), engine.connect() as connection:
            events = int(connection.execute(text("SELECT count(*) FROM events")).scalar_one())
    finally:
        engine.dispose()
    if dump_server(home, target) is None:
        raise EnvironmentFault("pg_dump is not installed here", "install its client, or use combatlens db export FILE")
    reader = shutil.which("pg_restore")
    if reader is not None and subprocess.run([reader, "--list", target], capture_output=True, check=False).returncode:
        target.unlink()
        raise EnvironmentFault("the backup cannot be read again", "check the disk, and make it again")
    return events


def restore_store(home: Home, source: Path) -> Path | None:
    """Put `source` in place of what the home has -> the folder in which that is kept, None where nothing was.

    Raises EnvironmentFault, HomeInUse.
    """
    if home.database_url:
        where = server_address(home, "NEW")
        raise EnvironmentFault(
            "a server's backup is put into an empty database",
            f"make one, say NEW, type: pg_restore --single-transaction --dbname={where} {source}; "
            "then name it with --database",
        )
    home.prepare()
    lock = HomeLock(home)
    lock.acquire("combatlens db restore", wait_s=2.0)
    aside = _unused(home.root / f"before-restore-{int(SystemClock().now())}")
    try:
        with (
            _opened(source, home.root) as (store, files),
            TemporaryDirectory(dir=home.root, prefix=".restore-") as folder,
        ):
            _check(store, source)
            ready = _ready(Path(folder), store, files)
            _keep(home, aside, files)
            for name in (*files, STORE):  # only renamed from here on: a full disk or a kill changed nothing yet
                path = home.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                (ready / name).replace(path)
    except (OSError, sqlite3.Error) as error:
        kept = f"what was there is in {aside}" if aside.exists() else "nothing was changed"
        reason = getattr(error, "strerror", None) or error
        raise EnvironmentFault(
            f"the backup could not be put back: {reason}", f"{kept}; make room, and try again"
        ) from error
    finally:
        lock.release()
    return aside if aside.exists() else None


def _ready(folder: Path, store: Path, files: dict[str, bytes]) -> Path:
    """All of the backup as files of its own, on the disk of the home. Raises OSError, sqlite3.Error."""
    ready = folder / "ready"
    ready.mkdir()
    with closing(sqlite3.connect(store)) as copy, closing(sqlite3.connect(ready / STORE)) as target:
        copy.backup(target)
    for name, content in files.items():
        path = ready / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return ready


def _unused(path: Path) -> Path:
    number = 1
    while (found := path if number == 1 else path.with_name(f"{path.name}-{number}")).exists():
        number += 1
    return found


@contextmanager
def _opened(source: Path, workplace: Path) -> Iterator[tuple[Path, dict[str, bytes]]]:
    """The store of a backup as a file, and its other files by name."""
    if not zipfile.is_zipfile(source):
        yield source, {}
        return
    with TemporaryDirectory(dir=workplace, prefix=".restore-") as folder, zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        if not {STORE, LABEL} <= names:
            raise EnvironmentFault(f"{source} is no backup of a home", "name what combatlens db backup made")
        known = {name for name in names - {STORE, LABEL} if any(Path(name).match(p) for p in BACKED_UP)}
        inside = {name for name in known if not Path(name).is_absolute() and ".." not in Path(name).parts}
        yield Path(archive.extract(STORE, folder)), {name: archive.read(name) for name in sorted(inside)}


def _check(store: Path, source: Path) -> None:
    with closing(sqlite3.connect(only_read(store), uri=True)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.execute("SELECT count(*) FROM events")
            schema = copy.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        except sqlite3.Error as error:
            raise EnvironmentFault(f"{source} is no backup of a store: {error}", "name another file") from error
    if sound != "ok":
        raise EnvironmentFault(f"{source} is not sound: {sound}", "name another backup")
    if schema > engines.HEAD_REVISION:
        raise EnvironmentFault(
            f"the backup has schema {schema}, this CombatLens knows {engines.HEAD_REVISION}",
            "restore it with the newer CombatLens",
        )


def _keep(home: Home, aside: Path, files: dict[str, bytes]) -> None:
    """Move the store away, and what the files of the backup would replace."""
    if home.database.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(home.database)) as old:  # a damaged file is what it is
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        aside.mkdir()
        for name in (STORE, STORE + "-wal", STORE + "-shm"):
            if (home.root / name).exists():
                (home.root / name).rename(aside / name)
    for name, content in files.items():
        path = home.root / name
        if path.exists() and path.read_bytes() != content:
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            path.rename(aside / name)
