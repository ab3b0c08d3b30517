"""Opening the database: pragmas, migrations, and faults in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from combatlens.domain.errors import EnvironmentFault

HEAD_REVISION = "0003"
BUSY_TIMEOUT_MS = 10_000


def open_sqlite(path: Path, *, synchronous: str = "normal", read_only: bool = False) -> Engine:
    """An engine on a SQLite file in WAL mode. `synchronous`: normal (a power cut may cost the last moments) or full."""
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    target = f"file:{path}?mode=ro&uri=true" if read_only else str(path)
    engine = create_engine(f"sqlite:///{target}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute(f"PRAGMA synchronous = {synchronous.upper()}")
        cursor.execute("PRAGMA cache_size = -8000")
        cursor.close()

    return engine


def revision(engine: Engine) -> str | None:
    """The schema's revision, None for an empty database."""
    with faults(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine) -> bool:
    """Bring the schema up to HEAD_REVISION. Returns whether anything was done. Raises EnvironmentFault."""
    now = revision(engine)
    if now == HEAD_REVISION:
        return False
    if now is not None and now > HEAD_REVISION:
        raise EnvironmentFault(
            f"the database has schema {now}, this CombatLens knows {HEAD_REVISION}", "start the newer CombatLens"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "combatlens.adapters.storage:migrations")
    with faults(), engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


@contextmanager
def faults() -> Iterator[None]:
    """Database errors that are the environment's, in words."""
    try:
        yield
    except OperationalError as error:
        raise _explain(error) from error
    except DBAPIError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise _explain(error) from error
        raise


def _explain(error: DBAPIError) -> EnvironmentFault:
    reason = str(error.orig)
    for sign, what, remedy in _SIGNS:
        if sign in reason:
            return EnvironmentFault(what, remedy)
    return EnvironmentFault(f"the database cannot be used: {reason}", "see combatlens doctor")


_SIGNS = (
    ("disk is full", "the disk is full", "free some space; recording goes on once there is room"),
    ("readonly", "the database cannot be written", "make the home folder writable, or choose another with --home"),
    ("locked", "another program holds the database", "close it, or choose another folder with --home"),
    ("malformed", "the database file is damaged", "run combatlens db check, then restore a backup"),
    ("not a database", "the database file is damaged", "run combatlens db check, then restore a backup"),
    ("unable to open", "the database cannot be opened", "check that the home folder exists and is writable"),
)


def write_connection(engine: Engine) -> Connection:
    """The one connection that writes; its transactions begin at once, so that none fails half-way for a lock."""
    return engine.connect()
