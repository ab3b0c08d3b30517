"""A commit of few events to PostgreSQL as one statement, a transaction of its own: the server is waited for once.

Its rows go as JSON, a value a table; which tables it writes tells its text, so that the server keeps its plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table

from combatlens.adapters.storage import rows, schema
from combatlens.domain.events import Recorded
from combatlens.ports import SessionChange

MOST = 200
"""So many events at most; more of them are cheaper to COPY."""

DIVISION_BY_ZERO = "22012"
"""How the statement ends, with nothing written, when a session is no longer there."""

Values = Sequence[Mapping[str, Any]]


def fits(records: Sequence[Recorded], changes: Sequence[SessionChange], keys: Mapping[str, int]) -> bool:
    """Whether nothing but these events, heads and rows is to be written, of sessions that are in the store."""
    told = {change.head.session_id for change in changes}
    return (
        0 < len(records) <= MOST and told <= keys.keys()
        and all(not record.session_id or record.session_id in told for record in records)
        and not any(
            change.adopted or change.links or change.head.end is not None or change.rollup.replaces_all
            or change.rollup.skills_gone or change.rollup.targets_gone or change.rollup.zones_gone
            or change.rollup.actors_gone for change in changes
        )
    )  # fmt: skip


def run(cursor: Any, records: Sequence[Recorded], keys: Mapping[str, int], changes: Sequence[SessionChange]) -> None:
    """Outside a transaction; the months of the records are there. Raises the driver's own errors."""
    values = rows.all_event_values(records, keys)
    events = [dict(zip(rows.EVENT_COLUMNS, row, strict=True)) for row in values]
    heads, since = list[Mapping[str, Any]](), dict[Table, list[Mapping[str, Any]]]()
    put = dict[Table, list[dict[str, Any]]]()
    for change in changes:
        key, rollup = keys[change.head.session_id], change.rollup
        heads.append(rows.session_row(change.head, rollup.summary) | {"key": key})
        for table, first in rows.begins_of(rollup):
            since.setdefault(table, []).append({"session": key, "since": first})
        for table, found in rows.rollup_rows(key, rollup):
            put.setdefault(table, []).extend(found)
    tables = tuple(table for table, found in put.items() if found)
    parts: list[Values] = [events, *([heads] if heads else []), *(put[t] for t in tables), *since.values()]
    encode = rows.encoder.encode
    values_told = [encode(part).decode() for part in parts]
    if heads:
        values_told.append(str(len(heads)))
    cursor.execute(_statement(bool(heads), tables, tuple(since)), values_told, prepare=True)


@cache
def _statement(heads: bool, tables: tuple[Table, ...], since: tuple[Table, ...]) -> str:
    parts = [
        f"new_events AS (INSERT INTO events ({_names(rows.EVENT_COLUMNS)}) SELECT {_names(rows.EVENT_COLUMNS)} "
        "FROM json_populate_recordset(NULL::events, %s) RETURNING event_id)",
        "new_ids AS (INSERT INTO event_ids (event_id) SELECT event_id FROM new_events WHERE event_id IS NOT NULL)",
    ]
    if heads:
        told = [c.name for c in schema.sessions.c if c.name not in schema.KEPT_COLUMNS]
        parts.append(
            f"heads AS (UPDATE sessions s SET {', '.join(f'{_name(n)} = r.{_name(n)}' for n in told)} "
            "FROM json_populate_recordset(NULL::sessions, %s) r WHERE s.key = r.key RETURNING s.key)"
        )
    for table in tables:
        parts.append(f"rows_{table.name} AS (SELECT * FROM json_populate_recordset(NULL::{table.name}, %s))")
        parts.append(f"put_{table.name} AS ({put_from(table, f'rows_{table.name}')})")
    parts += [_gone(table, table in tables) for table in since]
    met = "SELECT 1 / ((SELECT count(*) FROM heads) = %s::int)::int" if heads else "SELECT 1"
    return f"WITH {', '.join(parts)} {met}"


def _gone(table: Table, replaced: bool) -> str:
    """What a list held from there on and holds no more. Rows that are written again are not taken away before."""
    number = _name(schema.NUMBERED[table].name)
    kept = f" AND NOT EXISTS (SELECT FROM rows_{table.name} r WHERE r.session = t.session AND r.{number} = t.{number})"
    return (
        f"gone_{table.name} AS (DELETE FROM {table.name} t USING "
        f"json_to_recordset(%s) AS b(session bigint, since double precision) "
        f"WHERE t.session = b.session AND t.{number} >= b.since{kept if replaced else ''})"
    )


def put_from(table: Table, source: str) -> str:
    """Insert the rows of `source`, or put them in the place of those with the same key."""
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key.columns]
    changed = ", ".join(f"{_name(name)} = excluded.{_name(name)}" for name in columns if name not in keys)
    return (
        f"INSERT INTO {table.name} ({_names(columns)}) SELECT {_names(columns)} FROM {source} "
        f"ON CONFLICT ({_names(keys)}) DO UPDATE SET {changed}"
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    return f'"{name}"'
