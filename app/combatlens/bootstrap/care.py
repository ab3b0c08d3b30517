"""Checking, pruning, anonymising and moving a home's store."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, text

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.profiles import ProfileFolders
from combatlens.adapters.settings_file import TomlSettings
from combatlens.adapters.spool import FileSpool
from combatlens.adapters.storage import engine as engines
from combatlens.adapters.storage import roles, upkeep
from combatlens.adapters.storage.anonymise import Anonymous, anonymise
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.salvage import Salvaged
from combatlens.adapters.storage.sound_rows import orphans, unreadable
from combatlens.adapters.storage.store import SqlStore
from combatlens.adapters.storage.transfer import export_store, import_store
from combatlens.adapters.storage.upkeep import Pruned
from combatlens.bootstrap.game_profiles import fold_rules, profile_folders
from combatlens.bootstrap.home import Home, HomeInUse, HomeLock
from combatlens.bootstrap.home_files import anonymise_files
from combatlens.bootstrap.remote import running_instance
from combatlens.bootstrap.store import bring_up, dump_server, has_store, open_engine
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.fold import FoldRules
from combatlens.ports import AuditEntry
from combatlens.services.committing import SCRIPT
from combatlens.services.editor import recount_all
from combatlens.services.usage_log import UsageLog


def check_store(home: Home) -> dict[str, Any]:
    """{"sound", "sessions", "events", "problems": [text]}. Raises EnvironmentFault where there is no store.

    Rows that cannot be read are told alone: without them a recount says nothing.
    """
    engine = _opened(home, read_only=True)
    folders = profile_folders(home)
    problems: list[str] = []
    try:
        engines.ensure_current(engine)
        with engines.faults(), engine.connect() as connection:
            if not home.database_url:  # a server checks its pages and foreign keys itself
                whole = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                problems += [f"the file: {line}" for line in whole if line != "ok"]
                problems += orphans(connection)
            unread = list(unreadable(connection))
            problems += unread
            sessions = connection.execute(text("SELECT count(*) FROM sessions")).scalar_one()
            events = connection.execute(text("SELECT count(*) FROM events")).scalar_one()
        store, history = SqlStore(engine), SqlHistory(engine)
        for head in store.heads() if not unread else ():
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


def mend_store(home: Home) -> Salvaged | None:
    """Recover what can be read of a file that is not in order, as a start does, and count everything anew.

    Raises EnvironmentFault, HomeInUse.
    """
    from combatlens.bootstrap.core import Core  # the whole recorder: other care of the store does without

    _ensure_store(home)
    home.prepare()
    home.suspect.touch()
    core = Core(home, what="combatlens db check --mend", owner=SCRIPT)
    try:
        if core.salvaged is None:
            recount_all(core.store, core.rules_of)
        core.start(catch_up=True)
        core.closing.wait(None)
        return core.salvaged
    finally:
        core.stop()


class Upgraded(Struct, frozen=True, kw_only=True):
    """`schema_before`: None where there was no store. `backup`: where the one before is kept, if anything was done."""

    schema: str
    schema_before: str | None
    backup: Path | None = None

    def told(self) -> str:
        if self.schema == self.schema_before:
            return f"the schema is up to date ({self.schema})"
        kept = "no backup was made: pg_dump is not installed here"
        if self.schema_before is None:
            kept = "nothing was there before"
        elif self.backup is not None:
            kept = f"the one before it is kept as {self.backup}"
        return f"the schema is now {self.schema}; {kept}"


def upgrade_store(home: Home) -> Upgraded:
    """Bring the schema up to date after a backup beside it. Raises EnvironmentFault, HomeInUse."""
    with _writing(home, "combatlens db upgrade", current=False) as engine:
        now = engines.revision(engine)
        kept = None
        if now != engines.HEAD_REVISION:
            if home.database_url and now is not None and now < engines.HEAD_REVISION:
                stamp = int(SystemClock().now())
                kept = dump_server(home, home.root / f"combatlens-before-{engines.HEAD_REVISION}-{stamp}.dump")
            kept = bring_up(home, engine) or kept
        return Upgraded(schema=engines.HEAD_REVISION, schema_before=now, backup=kept)


def prune_store(
    home: Home, older_than_s: float, *, kinds: Sequence[str] = (), character: str = "", dry_run: bool = False
) -> Pruned:
    """Take away the events of sessions that ended so long ago; sessions and rollups stay. Raises EnvironmentFault."""
    now = SystemClock().now()
    if remote := running_instance(home):
        asked = {"older_than_s": older_than_s, "modes": list(kinds), "character": character, "dry_run": dry_run}
        return msgspec.convert(remote.post("/v1/store/prune", asked), Pruned)
    with _writing(home, "combatlens db prune") as engine:
        return upkeep.prune(engine, now - older_than_s, now, kinds=kinds, character=character, dry_run=dry_run)


class Anonymised(Struct, frozen=True, kw_only=True):
    """What `anonymise_store` did. `removed`, `left`: files of the home; what is left may still hold names."""

    sessions: int
    removed: list[str]
    left: list[str]


def anonymise_store(home: Home) -> Anonymised:
    """Names to salted hashes, what people wrote dropped, in the store and in the files. Raises EnvironmentFault."""
    clock = SystemClock()
    anonymous = Anonymous(secrets.token_bytes(32))
    with _writing(home, "combatlens db anonymise") as engine:
        _nothing_waits(home)
        count = anonymise(engine, anonymous, clock.now())
        recount_all(SqlStore(engine), partial(_rules, profile_folders(home)))
        if not home.database_url:
            upkeep.optimize(engine, home.database)  # so that the names are not left in free pages
        removed, left = anonymise_files(home, anonymous)
        UsageLog(
            home.usage_log, SqlHistory(engine), clock, TomlSettings(home.settings).load().log_sessions_kept
        ).rebuild()
    return Anonymised(sessions=count, removed=removed, left=left)


def _nothing_waits(home: Home) -> None:
    if home.spool.exists():
        with closing(FileSpool(home.spool)) as spool:
            if len(spool):
                raise EnvironmentFault(f"{len(spool)} events wait for the server", "start CombatLens to deliver them")
        home.spool.unlink()


def audit_of(home: Home) -> list[AuditEntry]:
    """What was corrected, deleted, pruned or anonymised, oldest first. Raises EnvironmentFault."""
    engine = _opened(home, read_only=True)
    try:
        engines.ensure_current(engine)
        return SqlStore(engine).audit()
    finally:
        engine.dispose()


def optimize_store(home: Home) -> tuple[int, int]:
    """Compact the store -> bytes before and after. Raises EnvironmentFault, HomeInUse."""
    if remote := running_instance(home):
        done = remote.post("/v1/store/optimize")
        return done["bytes_before"], done["bytes_after"]
    with _writing(home, "combatlens db optimize") as engine:
        return upkeep.optimize(engine, home.database)


def grant_role(home: Home, role: str, login: str, machine: str = "") -> None:
    """On a PostgreSQL server; `machine`: whose sessions alone a recorder writes. Raises EnvironmentFault."""
    engine = open_engine(home)
    try:
        if home.database_url:
            bring_up(home, engine)
        roles.grant(engine, role, login, machine)
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
    with _writing(home, "combatlens db import", new=True) as engine:
        return import_store(engine, source, home.machine)


def _opened(home: Home, *, read_only: bool) -> Engine:
    _ensure_store(home)
    return open_engine(home, read_only=read_only)


def _ensure_store(home: Home) -> None:
    if not has_store(home):
        raise EnvironmentFault(f"there is no store in {home.root}", "record a session first, or name it with --home")


@contextmanager
def _writing(home: Home, what: str, *, current: bool = True, new: bool = False) -> Iterator[Engine]:
    """The store under the home's lock, its schema `current`. `new`: it may be made."""
    if not new:
        _ensure_store(home)
    home.prepare()
    lock = HomeLock(home)
    try:
        lock.acquire(what, wait_s=2.0)
    except HomeInUse as busy:
        raise HomeInUse(busy.what, "end it first: combatlens ctl quit") from None
    engine = open_engine(home)
    try:
        if current:
            bring_up(home, engine)
        yield engine
    finally:
        engine.dispose()
        lock.release()
