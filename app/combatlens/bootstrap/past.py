"""Reading a home without its lock: in WAL mode readers read beside the writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from combatlens.adapters.storage.engine import HEAD_REVISION, open_sqlite, revision, upgrade
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.services.history import HistoryService


@contextmanager
def open_past(home: Home) -> Iterator[HistoryService]:
    """The history of a home. An older schema is brought up to date first, which takes the lock."""
    with open_past_store(home) as (_, history):
        yield history


@contextmanager
def open_past_store(home: Home) -> Iterator[tuple[Engine, HistoryService]]:
    """The same with the engine, for what reads the store by itself."""
    home.prepare()
    engine = open_sqlite(home.database)
    try:
        if revision(engine) != HEAD_REVISION:
            lock = HomeLock(home)
            lock.acquire("a command", wait_s=5.0)
            try:
                upgrade(engine)
            finally:
                lock.release()
        yield engine, HistoryService(SqlHistory(engine), SqlStore(engine))
    finally:
        engine.dispose()
