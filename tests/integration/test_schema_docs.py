"""docs/schema.md shows the schema as it is, and its queries answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from tests.repository import ROOT

from combatlens.adapters.storage.engine import open_sqlite, upgrade

PAGE = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_sqlite(tmp_path / "a.db")
    upgrade(engine)
    return engine


def test_the_picture_has_every_table_and_column(engine: Engine) -> None:
    drawn = {name: set(re.findall(r"^ +\w+ (\w+)", body, re.MULTILINE))
             for name, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}", PAGE, re.MULTILINE | re.DOTALL)}  # fmt: skip
    known = inspect(engine)
    there = {name: {column["name"] for column in known.get_columns(name)} for name in known.get_table_names()}
    there.pop("alembic_version")
    assert drawn == there
    engine.dispose()


def test_tables_and_views_are_explained(engine: Engine) -> None:
    known = inspect(engine)
    for name in {*known.get_table_names(), *known.get_view_names()} - {"alembic_version"}:
        assert f"`{name}`" in PAGE
    engine.dispose()


def test_the_three_queries_answer(engine: Engine) -> None:
    queries = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(queries) == 3
    with engine.connect() as connection:
        for query in queries:
            connection.execute(text(query)).all()
    engine.dispose()
