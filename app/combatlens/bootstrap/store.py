"""Opening a home's store: its file, or the PostgreSQL server that COMBATLENS_DATABASE names."""

from __future__ import annotations

from sqlalchemy import Engine

from combatlens.adapters.storage.engine import open_postgresql, open_sqlite
from combatlens.bootstrap.home import Home


def open_engine(home: Home, *, synchronous: str = "normal", read_only: bool = False) -> Engine:
    """Raises EnvironmentFault."""
    if home.database_url:
        return open_postgresql(home.database_url)
    return open_sqlite(home.database, synchronous=synchronous, read_only=read_only)


def has_store(home: Home) -> bool:
    """Whether there is something to open."""
    return bool(home.database_url) or home.database.exists()
