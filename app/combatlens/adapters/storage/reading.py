"""Reading the past from the rollups: the cost is that of the sessions shown, never that of all events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs
from sqlalchemy import Engine, Row, Select, Table, func, or_, select

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.told import kept_of, recommendations
from combatlens.domain.errors import NotFound
from combatlens.domain.records import ActorTotals, SessionDetail, SessionSummary, TargetTotals, ZoneTotals
from combatlens.learning.told import Told
from combatlens.ports import SessionPage, SessionQuery

_SORTS = {
    "start_time": "start_at", "active_minutes": "active_s", "total_xp_gained": "xp", "xp_per_hour": "xp_per_hour",
    "kills": "kills", "deaths": "deaths", "build": "build", "rating": "rating",
}  # fmt: skip
_TEXT = ("session_id", "build", "zone", "mode", "notes", "character")


class SqlHistory:
    """`ports.History` over the store's rollups, without the live session."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sessions(self, query: SessionQuery) -> SessionPage:
        table = schema.sessions
        column = table.c[_SORTS[query.sort]]
        order = column.desc() if query.descending else column.asc()
        wanted = _where(select(*_ROW_COLUMNS), query).order_by(order.nulls_last(), table.c.key.desc())
        if query.limit is not None:
            wanted = wanted.limit(query.limit)
        if query.offset:
            wanted = wanted.offset(query.offset)
        with faults(), self._engine.connect() as connection:
            total = connection.execute(_where(select(func.count()).select_from(table), query)).scalar_one()
            found = tuple(rows.history_row(row) for row in connection.execute(wanted))
        return SessionPage(found, int(total))

    def summary(self, session_id: str) -> SessionSummary:
        """Raises NotFound."""
        with faults(), self._engine.connect() as connection:
            row = self._row(connection, session_id)
            return self._summary(connection, row)

    def was_advised(self, recommendation_id: str) -> bool:
        """Whether a run of the learner ever gave this advice."""
        given = select(recommendations.c.id).where(recommendations.c.id == recommendation_id)
        with faults(), self._engine.connect() as connection:
            return connection.execute(given).first() is not None

    def detail(self, session_id: str) -> SessionDetail:
        """Raises NotFound."""
        minutes, encounters, moments = schema.minutes, schema.encounters, schema.moments
        with faults(), self._engine.connect() as connection:
            row = self._row(connection, session_id)
            return SessionDetail(
                summary=self._summary(connection, row),
                minutes=tuple(
                    rows.minute_of(r) for r in connection.execute(_of(minutes, row.key).order_by(minutes.c.start))
                ),
                encounters=tuple(
                    rows.encounter_of(r)
                    for r in connection.execute(_of(encounters, row.key).order_by(encounters.c.number))
                ),
                moments=tuple(
                    (r.at, r.kind, r.text) for r in connection.execute(_of(moments, row.key).order_by(moments.c.number))
                ),
            )

    def newest(self, count: int) -> list[SessionSummary]:
        """The newest ended sessions with their tables, oldest first."""
        table = schema.sessions
        wanted = select(table).where(table.c.end_at.is_not(None)).order_by(table.c.start_at.desc()).limit(count)
        with faults(), self._engine.connect() as connection:
            found = list(connection.execute(wanted))
            return [self._summary(connection, row) for row in reversed(found)]

    def totals(self) -> tuple[int, float]:
        """Ended sessions and their XP, all of them."""
        table = schema.sessions
        wanted = select(func.count(), func.coalesce(func.sum(table.c.xp), 0.0)).where(table.c.end_at.is_not(None))
        with faults(), self._engine.connect() as connection:
            row = connection.execute(wanted).one()
        return int(row[0]), float(row[1])

    def kept(self, session_id: str) -> tuple[Mapping[str, Any], Told | None]:
        """The columns of a session, and what the learner left of it; None before it was there. Raises NotFound."""
        stats = schema.session_stats
        with faults(), self._engine.connect() as connection:
            row = self._row(connection, session_id)
            learned = connection.execute(select(stats.c.session).where(stats.c.session == row.key)).first()
            return row._asdict(), kept_of(connection, row.key) if learned else None

    def _row(self, connection: Any, session_id: str) -> Row[Any]:
        table = schema.sessions
        row: Row[Any] | None = connection.execute(select(table).where(table.c.session_id == session_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no session {session_id!r}", "see combatlens sessions list")
        return row

    def _summary(self, connection: Any, row: Row[Any]) -> SessionSummary:
        key = row.key

        def table(source: Table) -> list[Row[Any]]:
            return list(connection.execute(_of(source, key).order_by(source.c.name)))

        return structs.replace(
            rows.summary_of(row.summary),
            notes=row.notes,
            rating=row.rating,
            skills={r.name: rows.skill_of(r) for r in table(schema.session_skills)},
            targets={r.name: _target(r) for r in table(schema.session_targets)},
            zones={
                r.name: ZoneTotals(kills=r.kills, active_minutes=r.active_s / 60.0, xp=r.xp)
                for r in table(schema.session_zones)
            },
            actors={r.name: _actor(r) for r in table(schema.session_actors)},
        )


def _target(row: Row[Any]) -> TargetTotals:
    return TargetTotals(
        kills=row.kills, damage=row.damage, damage_taken=row.damage_taken, deaths=row.deaths, xp=row.xp,
        time_to_kill_s=row.fight_s / row.fights if row.fights else None,
    )  # fmt: skip


def _actor(row: Row[Any]) -> ActorTotals:
    return ActorTotals(
        damage_dealt=row.damage_dealt, pet_damage=row.pet_damage, self_damage=row.self_damage, drained=row.drained,
        damage_taken=row.damage_taken, healing_done=row.healing_done, kills=row.kills, deaths=row.deaths,
    )  # fmt: skip


def _of(table: Table, key: int) -> Select[Any]:
    return select(table).where(table.c.session == key)


def _where(statement: Select[Any], query: SessionQuery) -> Select[Any]:
    table = schema.sessions
    if query.text:
        pattern = "%" + query.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        statement = statement.where(or_(*(table.c[name].ilike(pattern, escape="\\") for name in _TEXT)))
    if query.character:
        statement = statement.where(table.c.character == query.character)
    if query.build:
        statement = statement.where(table.c.build == query.build)
    if query.since is not None:
        statement = statement.where(table.c.start_at >= query.since)
    if query.until is not None:
        statement = statement.where(table.c.start_at < query.until)
    return statement


_ROW_COLUMNS = tuple(
    column
    for column in schema.sessions.columns
    if column.name not in {"summary", "owner", "explicit", "last_at", "machine", "pruned"}
)
