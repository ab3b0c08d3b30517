"""The whole store as files and back, exactly: JSON lines, or a ZIP with one CSV or Parquet file a table."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Float, Integer, RowMapping, String, Table, func, insert, select, text

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.bulk import BLOCK, EventWriter
from combatlens.adapters.storage.engine import HEAD_REVISION, faults
from combatlens.adapters.storage.sound_rows import tables, wrong_with
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import RowRefused

AT_ONCE = 5_000
FIELD_BYTES = 2**31 - 1
"""The insights of a long history are one field."""
FORMATS = ("jsonl", "csv", "parquet")
Row = dict[str, Any]


def export_store(engine: Engine, target: Path, kind: str) -> int:
    """Write the store to a file that does not exist. Returns the number of events. Raises EnvironmentFault."""
    if target.exists():
        raise EnvironmentFault(f"{target} exists already", "name another file")
    if kind == "parquet":
        _parquet()
    with faults(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        try:
            if kind == "jsonl":
                _write_lines(connection, target)
            else:
                _write_zip(connection, target, kind)
        except OSError as error:
            target.unlink(missing_ok=True)
            raise EnvironmentFault(f"{target} cannot be written: {error.strerror}", "choose another place") from error
        return int(connection.execute(select(func.count()).select_from(schema.events)).scalar_one())


def import_store(engine: Engine, source: Path, machine: str = "") -> int:
    """Fill an empty store from a file that `export_store` wrote, in one transaction. Returns the number of events.

    `machine`: under which name the sessions are kept on a server, where the file names none. Raises EnvironmentFault.
    """
    try:
        with faults(), engine.begin() as connection:
            if any(connection.execute(select(table).limit(1)).first() for table in (schema.sessions, schema.events)):
                raise EnvironmentFault("the store is not empty", "import into another --home, or into a new database")
            for table in reversed(tables()):
                connection.execute(table.delete())
            writer = EventWriter(engine)
            counts: Counter[str] = Counter()
            for table, found in _read(source):
                counts[table.name] += len(found)
                if table is schema.events:
                    writer.insert(connection, [tuple(row[key] for key in rows.EVENT_COLUMNS) for row in found])
                    continue
                if table is schema.sessions and machine:
                    found = [{**row, "machine": row["machine"] or machine} for row in found]
                connection.execute(insert(table), list(found))
            _number_on(connection)
    except RowRefused as error:
        raise EnvironmentFault(f"{source} does not fit together: {error.what}", "name another file") from error
    return counts[schema.events.name]


def _read(source: Path) -> Iterator[tuple[Table, Sequence[Row]]]:
    """The rows of a table at a time, each of which can be used, and all of them. Raises EnvironmentFault."""
    head: Row = {}
    counts: Counter[str] = Counter()
    try:
        for name, found in _batches(source, head):
            table = _table(name)
            for number, row in enumerate(found, counts[name] + 1):
                wrong = wrong_with(table, row) if row.keys() == set(table.c.keys()) else "it has other columns"
                if wrong is not None:
                    raise ValueError(f"row {number} of {name}: {wrong}")
            counts[name] += len(found)
            yield table, found
        for name, count in head.get("rows", {}).items():
            if counts[name] != count:
                raise ValueError(f"it was cut off, {counts[name]:,} of {count:,} rows of {name} are there")
    except _NO_EXPORT as error:
        raise EnvironmentFault(f"{source} is no export of a store: {error}", "name another file") from error


_NO_EXPORT = (
    OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError, csv.Error, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""What reading says of a file that something else wrote, or that was hurt: deep JSON and locked archives too."""


def _number_on(connection: Connection) -> None:
    """On PostgreSQL the sequences must know what was imported."""
    if connection.dialect.name != "postgresql":
        return
    for table, column in ((schema.sessions, "key"), (schema.audit, "number")):
        highest = connection.execute(select(func.max(table.c[column]))).scalar()
        if highest:
            sequence = func.pg_get_serial_sequence(table.name, column)
            connection.execute(select(func.setval(sequence, highest)))
    highest = connection.execute(select(func.max(schema.events.c.seq))).scalar()
    if highest:
        connection.execute(text("SELECT setval('event_seq', :at)"), {"at": highest // BLOCK * BLOCK + 1})


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    order = list(table.primary_key.columns)
    found = connection.execution_options(yield_per=AT_ONCE).execute(select(table).order_by(*order))
    yield from found.mappings().partitions()


def _table(name: str) -> Table:
    for table in tables():
        if table.name == name:
            return table
    raise ValueError(f"unknown table {name!r}")


# JSON lines ----------------------------------------------------------------------------------------------------------


def _head(connection: Connection) -> Row:
    """What an export begins with; the counts tell one that was cut off."""
    counts = {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables()}
    return {"combatlens_store": HEAD_REVISION, "rows": counts}


def _write_lines(connection: Connection, target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(_head(connection)) + "\n")
        for table in tables():
            for part in _rows(connection, table):
                for row in part:
                    file.write(json.dumps({"table": table.name, **row}, ensure_ascii=False, allow_nan=False) + "\n")


def _batches(source: Path, head: Row) -> Iterator[tuple[str, Sequence[Row]]]:
    """The rows of a table at a time. `head` is filled before the first."""
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            head |= json.loads(archive.read("store.json"))
            _check_revision(head)
            for table in tables():
                yield from _of_zip(archive, table)
        return
    with source.open(encoding="utf-8") as file:
        head |= json.loads(file.readline())
        _check_revision(head)
        part: list[Row] = []
        name = ""
        for line in file:
            row = json.loads(line)
            found = row.pop("table")
            if part and (found != name or len(part) == AT_ONCE):
                yield name, part
                part = []
            name = found
            part.append(row)
        if part:
            yield name, part


def _check_revision(head: Row) -> None:
    found = head["combatlens_store"]
    if found != HEAD_REVISION:
        raise EnvironmentFault(
            f"the export has schema {found}, this CombatLens has {HEAD_REVISION}",
            "import it with the version that wrote it, then db upgrade",
        )


# ZIP: CSV and Parquet ------------------------------------------------------------------------------------------------


def _write_zip(connection: Connection, target: Path, kind: str) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("store.json", json.dumps(_head(connection)))
        for table in tables():
            with archive.open(f"{table.name}.{kind}", "w", force_zip64=True) as member:
                if kind == "csv":
                    _write_csv(member, table, _rows(connection, table))
                else:
                    _write_parquet(member, table, _rows(connection, table))


def _write_csv(member: Any, table: Table, parts: Iterable[Sequence[RowMapping]]) -> None:
    with io.TextIOWrapper(member, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # lines end in CR LF, so that a text with either of them is quoted
        writer.writerow([column.name for column in table.columns])
        for part in parts:
            writer.writerows([_cell(value) for value in row.values()] for row in part)


_TO_MARK = ("", "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def _cell(value: Any) -> str:
    """Nothing for null. A text that a spreadsheet could take for a formula, or that is empty, gets an apostrophe."""
    if isinstance(value, str):
        return "'" + value if value.lstrip(" ")[:1] in _TO_MARK else value
    return "" if value is None else repr(value)


def _of_zip(archive: zipfile.ZipFile, table: Table) -> Iterator[tuple[str, Sequence[Row]]]:
    names = archive.namelist()
    if f"{table.name}.csv" in names:
        csv.field_size_limit(FIELD_BYTES)
        with archive.open(f"{table.name}.csv") as member, io.TextIOWrapper(member, "utf-8", newline="") as file:
            reader = csv.DictReader(file)
            part: list[Row] = []
            for row in reader:
                part.append({name: _value(table, name, cell) for name, cell in row.items()})
                if len(part) == AT_ONCE:
                    yield table.name, part
                    part = []
            if part:
                yield table.name, part
    elif f"{table.name}.parquet" in names:
        found = _parquet().ParquetFile(io.BytesIO(archive.read(f"{table.name}.parquet")))
        for batch in found.iter_batches(AT_ONCE):
            yield table.name, batch.to_pylist()


def _value(table: Table, name: str, cell: str) -> Any:
    if cell == "":
        return None
    kind = table.c[name].type
    if isinstance(kind, String):
        return cell.removeprefix("'")
    return float(cell) if isinstance(kind, Float) else int(cell)


def _parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise EnvironmentFault(
            "Parquet needs pyarrow", "install it with: pip install 'combatlens[parquet]', or choose csv or jsonl"
        ) from None
    return pyarrow.parquet


def _write_parquet(member: Any, table: Table, parts: Iterable[Sequence[RowMapping]]) -> None:
    import pyarrow

    kinds = pyarrow.schema(
        [
            (column.name, pyarrow.string() if isinstance(column.type, String)
             else pyarrow.int64() if isinstance(column.type, Integer) else pyarrow.float64())
            for column in table.columns
        ]
    )  # fmt: skip
    with _parquet().ParquetWriter(member, kinds, compression="zstd") as writer:
        for part in parts:
            writer.write_table(pyarrow.Table.from_pylist([dict(row) for row in part], schema=kinds))
