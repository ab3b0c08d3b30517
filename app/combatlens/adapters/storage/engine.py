"""Opening the database: pragmas, migrations, and faults in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from combatlens.adapters.storage.file_words import (
    BUSY_TIMEOUT_MS,
    DAMAGE_SIGNS,
    HEAD_REVISION,
    StoreDamaged,
    file_fault,
    only_read,
    readable,
)
from combatlens.adapters.storage.server_words import bad_address, rights_fault, server_fault
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Overtaken, RowRefused, StoreAway

__all__ = ["HEAD_REVISION", "StoreDamaged"]

CHECKPOINT_PAGES = 4000
"""SQLite's log of writes may grow to so many pages (16 MB): a batch of 20,000 events is 8 MB of pages, of which many
change again with the next one and are moved once."""


def open_sqlite(path: Path, *, synchronous: str = "normal", read_only: bool = False) -> Engine:
    """An engine on a SQLite file in WAL mode. `synchronous`: normal (a power cut may cost the last moments) or full."""
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    target = only_read(path) if read_only else str(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: sqlite3.connect(target, uri=read_only, check_same_thread=False),
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute(f"PRAGMA synchronous = {synchronous.upper()}")
            cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA cache_size = -8000")
        cursor.close()

    return engine


_SERVER_LOOKS = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"


def open_postgresql(url: str) -> Engine:
    """An engine on a PostgreSQL server: `postgresql://user:password@host/database`. Raises EnvironmentFault."""
    try:
        target = make_url(url)
        if target.get_backend_name() not in ("postgresql", "postgres"):
            raise bad_address()
        return create_engine(  # a line that is cut without a word is noticed within seconds, here and on the server
            target.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            use_native_hstore=False,  # asking for its type costs a query, and where that fails a connection stays open
            connect_args={
                "connect_timeout": 5,
                "prepare_threshold": None,  # a plan made while a table was small would be kept when it is large
                "application_name": "combatlens",
                "client_encoding": "utf8",
                "options": _SERVER_LOOKS,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 20_000,
            },
        )
    except (ArgumentError, ValueError):  # the second of a port that is no number
        raise bad_address() from None
    except ImportError:
        raise EnvironmentFault(
            "the PostgreSQL driver is not installed", "install it with: pip install 'combatlens[postgresql]'"
        ) from None


def hold_machine(engine: Engine, machine: str) -> Connection | None:
    """On PostgreSQL one program writes for a machine's name: its lock lasts as long as the connection returned.

    None on SQLite, where the home's lock says it all. Raises EnvironmentFault when another holds the name, or this
    database user records for another machine.
    """
    if engine.dialect.name != "postgresql":
        return None
    with faults():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            bound = bound_machine(connection)
            free = bound in (None, machine) and connection.execute(_HOLD, {"name": f"combatlens machine {machine}"})
            if free and free.scalar():
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
    if bound not in (None, machine):
        raise EnvironmentFault(
            f"this database user records for machine {bound!r} alone, and this one is {machine!r}",
            f"set COMBATLENS_MACHINE={bound}, or use a login of its own: combatlens db grant",
        )
    raise EnvironmentFault(
        f"another CombatLens writes into this database as machine {machine!r}", "give this one COMBATLENS_MACHINE"
    )


def bound_machine(connection: Connection) -> str | None:
    """The one machine whose sessions this database user may write; None: any machine's."""
    if connection.execute(text(f"SELECT to_regclass('{LOGINS}')")).scalar() is None:
        return None
    return connection.execute(text(f"SELECT machine FROM {LOGINS} WHERE login = session_user")).scalar()


def still_holds(held: Connection) -> bool:
    """Whether the connection of `hold_machine` lives, and its lock with it."""
    try:
        held.execute(text("SELECT 1"))
    except DBAPIError:
        held.invalidate()
        held.close()
        return False
    return True


def answers(engine: Engine) -> bool:
    """Whether the server lets us in. May take seconds."""
    try:
        with faults(), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except EnvironmentFault:
        return False
    return True


LOGINS = "recorder_logins"
"""Made by `db grant recorder LOGIN --machine NAME`: whose sessions a login may write."""

_HOLD = text("SELECT pg_try_advisory_lock(hashtext(:name))")


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
    _refuse_newer(now)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "combatlens.adapters.storage:migrations")
    with faults(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # machines that start together take turns
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('combatlens schema'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def ensure_current(engine: Engine) -> None:
    """Raises EnvironmentFault when the schema is newer or older than this program's."""
    now = revision(engine)
    _refuse_newer(now)
    if now is None:
        raise EnvironmentFault("the database has no tables of CombatLens yet", "run: combatlens db upgrade")
    if now != HEAD_REVISION:
        raise EnvironmentFault(
            f"the database has schema {now}, this CombatLens has {HEAD_REVISION}", "run: combatlens db upgrade"
        )


def ensure_whole(engine: Engine) -> None:
    """Read the whole SQLite file. Raises StoreDamaged."""
    with faults(), engine.connect() as connection:
        if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
            raise StoreDamaged("the database file is damaged", "start CombatLens: what can be read is recovered")


def _refuse_newer(now: str | None) -> None:
    if now is not None and now > HEAD_REVISION:
        raise EnvironmentFault(
            f"the database has schema {now}, this CombatLens knows {HEAD_REVISION}", "start the newer CombatLens"
        )


_SHARED = ("sessions_session_id_key", "event_ids_pkey")
"""What all machines of a server have in common and no two may write."""


@contextmanager
def faults() -> Iterator[None]:
    """Database errors that are the environment's, in words."""
    try:
        with readable():
            yield
    except (OperationalError, InterfaceError) as error:
        raise _explain(error) from error
    except (IntegrityError, DataError) as error:
        diagnosis = getattr(error.orig, "diag", None)
        if getattr(diagnosis, "constraint_name", None) in _SHARED:
            raise Overtaken("another machine wrote the same just before", "send it again") from error
        raise RowRefused(f"the database refused a row: {_first_line(error)}", "send it again") from error
    except DBAPIError as error:
        if type(error.orig).__name__ == "InsufficientPrivilege":
            raise rights_fault(str(error.orig)) from error
        if type(error.orig).__name__ == "UndefinedTable":
            raise StoreAway("the database has no tables yet", "start CombatLens on it once") from error
        if "invalid connection option" in str(error.orig):
            raise server_fault(str(error.orig)) from error
        if error.connection_invalidated:
            raise _explain(error) from error
        if any(sign in str(error.orig) for sign in DAMAGE_SIGNS):
            raise _explain(error) from error
        raise


def _explain(error: DBAPIError) -> EnvironmentFault:
    reason = str(error.orig)
    of_server = type(error.orig).__module__.startswith("psycopg")
    return server_fault(reason) if of_server and not isinstance(error, ProgrammingError) else file_fault(reason)


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0]
