"""Reading a home without its lock: in WAL mode readers read beside the writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from combatlens.adapters.storage.engine import HEAD_REVISION, revision
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.bootstrap.store import bring_up, open_engine
from combatlens.domain.events import plain_event
from combatlens.domain.present import iso
from combatlens.services.history import HistoryService


@contextmanager
def open_past(home: Home) -> Iterator[HistoryService]:
    """The history of a home. An older schema is brought up to date first, which takes the lock."""
    with open_past_store(home) as (_, history):
        yield history


@contextmanager
def open_past_store(home: Home) -> Iterator[tuple[Engine, HistoryService]]:
    """The same with the engine, for what reads the store by itself."""
    home.ensure_there()
    engine = open_engine(home)
    try:
        if revision(engine) != HEAD_REVISION:
            lock = HomeLock(home)
            lock.acquire("a command", wait_s=5.0)
            try:
                bring_up(home, engine)
            finally:
                lock.release()
        yield engine, HistoryService(SqlHistory(engine), SqlStore(engine))
    finally:
        engine.dispose()


def session_events(home: Home, session_id: str, kind: str = "") -> list[dict[str, Any]]:
    """A session's events as objects with their number `seq`, in order. Raises NotFound."""
    with open_past(home) as history:
        history.summary(session_id)
    engine = open_engine(home)
    try:
        records = SqlStore(engine).records(session_id)
    finally:
        engine.dispose()
    found = []
    for record in records:
        event = plain_event(record)
        if not kind or event["type"] == kind:
            found.append({"seq": record.seq, **event, "at": iso(record.at), "source": record.source})
    return found
