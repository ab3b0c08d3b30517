"""Whether a row can be used. SQLite keeps no sums of its pages: to it, a damaged value is a value like any other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Engine, Float, Integer, String, Table, Text, select, text

from combatlens.adapters.storage import rows, schema, told
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.file_words import StoreDamaged
from combatlens.domain.events import AnyEvent

_KINDS: dict[type, tuple[type, ...]] = {
    String: (str,), Text: (str,), Float: (float, int), Integer: (int,), BigInteger: (int,),
}  # fmt: skip
_object = msgspec.json.Decoder(dict[str, Any]).decode
_INSIDE: dict[tuple[str, str], Callable[[str], Any]] = {
    ("events", "body"): msgspec.json.Decoder(AnyEvent).decode,
    ("sessions", "summary"): rows.summary_of,
    ("encounters", "targets"): msgspec.json.Decoder(tuple[str, ...]).decode,
    ("session_said", "tags"): msgspec.json.Decoder(tuple[str, ...]).decode,
    ("audit", "detail"): _object,
}
_ONE_OF = {("alerts", "severity"): ("low", "medium", "high")}
_LARGEST = 2**63


def tables() -> list[Table]:
    """All tables, those first that others point to."""
    return [*schema.metadata.sorted_tables, *told.metadata.sorted_tables]


def wrong_with(table: Table, row: Mapping[str, Any]) -> str | None:
    """What makes a row of `table` useless, in words; None for nothing. A column that the row lacks is passed over."""
    for name, value in row.items():
        column = table.c[name]
        if value is None:
            if not column.nullable:
                return f"{name} is missing"
        elif type(value) not in _KINDS[type(column.type)]:
            return f"{name} is {_short(value)}, which is no {column.type.python_type.__name__}"
        elif not isinstance(value, str):
            if not (math.isfinite(value) and (isinstance(value, float) or -_LARGEST <= value < _LARGEST)):
                return f"{name} is {_short(value)}, which is out of range"
        elif value not in _ONE_OF.get((table.name, name), (value,)):
            return f"{name} is {_short(value)}"
        elif (decode := _INSIDE.get((table.name, name))) is not None:
            try:
                decode(value)
            except (msgspec.DecodeError, UnicodeError) as error:
                return f"{name} cannot be read: {error}"
    return _wrong_document(row) if table is schema.documents else None


def _wrong_document(row: Mapping[str, Any]) -> str | None:
    if row["name"].partition(":")[0] in ("insights", "position"):  # a machine may have insights of its own
        try:
            _object(row["body"])
        except msgspec.DecodeError as error:
            return f"body cannot be read: {error}"
    return None


def unreadable(connection: Connection) -> Iterator[str]:
    """Every row of the store that cannot be used, in words."""
    for table in tables():
        keys = [column.name for column in table.primary_key.columns]
        for row in connection.execution_options(yield_per=5_000).execute(select(table)).mappings():
            if (wrong := wrong_with(table, dict(row))) is not None:
                yield f"{table.name} {' '.join(_short(row[key]) for key in keys)}: {wrong}"


def orphans(connection: Connection) -> Iterator[str]:
    """The rows of a file whose session is gone, in words."""
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"{row[0]}: a row without its session"


def ensure_readable(engine: Engine) -> None:
    """Read all rows of a file. Raises StoreDamaged."""
    with faults(), engine.connect() as connection:
        for wrong in chain(unreadable(connection), orphans(connection)):
            raise StoreDamaged(f"the database holds what cannot be read ({wrong})", "run: combatlens db check --mend")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
