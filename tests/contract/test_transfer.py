"""Whatever a store holds comes back from an export exactly, in every format, on both engines; a table is no trap."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from tests.desk import START, Desk
from tests.postgres import Server

from combatlens.adapters.storage.engine import open_sqlite, upgrade
from combatlens.adapters.storage.transfer import FORMATS, export_store, import_store, tables
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, Feedback, Kill, Loot, Mark, SessionOp, SkillUse, XpReading
from combatlens.ports import AuditEntry, Revision

FORMULAS = (
    "=1+1",
    " =1+1",
    "＝1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'quoted",
    "''",
    '"',
    ",",
    "a\r\nb",
    " ",
    "NULL",
    "\\N",
)
texts = st.one_of(st.sampled_from(FORMULAS), st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
names = texts.map(lambda text: text[:60])
amounts = st.one_of(
    st.floats(0, 2.0**53), st.sampled_from([0.0, 5e-324, 2.2250738585072014e-308, 0.1 + 0.2, 2.0**53, 1 / 3])
)
played = st.one_of(
    st.builds(SkillUse, skill=names, damage=amounts, target=st.none() | names, error=st.none() | names),
    st.builds(Kill, xp=amounts, target=st.none() | names),
    st.builds(Loot, item=names, value=amounts),
    st.builds(Mark, label=names),
    st.builds(Feedback, rating=st.integers(1, 5), text=st.none() | texts, tags=st.lists(names, max_size=2).map(tuple)),
    st.builds(XpReading, value=amounts),
    st.builds(SessionOp, op=st.just("start"), build=st.none() | names, notes=st.none() | texts),
)
histories = st.lists(st.tuples(st.floats(0, 4e6), played), max_size=8)


def _content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables()
        }


class Trip(NamedTuple):
    """Of an export and its import: the number told, what was there before and after, and cells that are formulas."""

    exported: int
    before: dict[str, list[tuple[Any, ...]]]
    after: dict[str, list[tuple[Any, ...]]]
    formulas: list[str]


def _round_trip(
    open_desk: Callable[[], Desk], folder: Path, history: Sequence[tuple[float, Event]], note: str, kind: str
) -> Trip:
    desk = open_desk()
    other = open_sqlite(folder / "other.db")
    try:
        desk.send(*history)
        desk.recorder.call(desk.recorder.end_all).result(10)
        desk.store.put_document("note", note)
        desk.store.revise(Revision(audit=AuditEntry(at=START, action="edit", subject=note[:50], detail={"x": note})))
        before = _content(desk.engine)
        exported = export_store(desk.engine, folder / "out", kind)
        upgrade(other)
        import_store(other, folder / "out")
        return Trip(exported, before, _content(other), _formulas(folder / "out") if kind == "csv" else [])
    finally:
        desk.close()
        other.dispose()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_text_of_any_length(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    trip = _round_trip(lambda: Desk(tmp_path / "store.db"), tmp_path, [(0, Kill())], "x\r\n," * 100_000, kind)
    assert trip.exported == len(trip.before["events"])
    assert trip.after == trip.before
    assert trip.formulas == []


@pytest.mark.parametrize("damage", ["cut", "columns", "words", "empty"])
def test_a_broken_export_changes_nothing(tmp_path: Path, damage: str) -> None:
    desk = Desk(tmp_path / "store.db")
    desk.send((0, Kill()))
    whole, bad = tmp_path / "whole.zip", tmp_path / "bad.zip"
    export_store(desk.engine, whole, "csv")
    desk.close()
    if damage in ("cut", "empty"):
        bad.write_bytes(whole.read_bytes()[: -200 if damage == "cut" else 0])
    else:
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bad, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                if name == "events.csv":
                    text = text.replace(b"kill", b"kill,1,2", 1) if damage == "columns" else text.replace(b"1", b"x")
                new.writestr(name, text)
    other = open_sqlite(tmp_path / "other.db")
    upgrade(other)
    with pytest.raises(EnvironmentFault, match=r"no export|refused a row"):
        import_store(other, bad)
    assert not any(_content(other)[name] for name in ("sessions", "events"))
    other.dispose()


def _formulas(path: Path) -> list[str]:
    """The cells that a spreadsheet would take for formulas."""
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                for cell in itertools.chain.from_iterable(
                    csv.reader(io.StringIO(archive.read(name).decode(), newline=""))
                ):
                    number = cell.replace("-", "", 1)[:1].isdigit()
                    if not number and cell.lstrip(" ")[:1] in {*"=+-@＝＋－＠\t\r\n"}:
                        found.append(cell)
    return found


def _bounded(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@_bounded(15)
@given(histories, texts)
def test_from_a_file(
    tmp_path_factory: pytest.TempPathFactory, kind: str, history: Sequence[tuple[float, Event]], note: str
) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("transfer")
    trip = _round_trip(lambda: Desk(folder / "store.db"), folder, history, note, kind)
    assert trip.exported == len(trip.before["events"])
    assert trip.after == trip.before
    assert trip.formulas == []


@pytest.mark.parametrize("kind", FORMATS)
@_bounded(3)
@given(histories, texts)
def test_from_a_server(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Server,
    kind: str,
    history: Sequence[tuple[float, Event]],
    note: str,
) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("transfer")
    trip = _round_trip(lambda: Desk(postgres.database(), "north"), folder, history, note, kind)
    assert trip.exported == len(trip.before["events"])
    assert trip.after == trip.before
    assert trip.formulas == []
