"""The server that the contract of the store is tried on, and a home."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.desk import Desk
from tests.postgres import Server

from combatlens.bootstrap.home import Home


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="combatlens-pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a fresh store may lie: a file, then a database."""
    if request.param == "sqlite":
        return tmp_path / "store.db"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def desk(place: Path | str) -> Iterator[Desk]:
    with Desk(place) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")
