"""What analytics reads: sessions and sums over rollups. The cost is that of the sessions looked at, never of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Engine, Integer, Select, cast, func, select, text

from combatlens.adapters.storage import schema, told
from combatlens.adapters.storage.engine import faults
from combatlens.learning.robust import Sums
from combatlens.learning.survey import Point
from combatlens.learning.told import Said
from combatlens.services.intake import DOCUMENT, counts_of, summed

_tags = msgspec.json.Decoder(tuple[str, ...])
_s = schema.sessions.c


class SqlAnalytics:
    """`services.analytics.AnalyticsReader` over the store. `since`: Unix seconds at which sessions begin; None: all."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def points(self, since: float | None = None, newest: int | None = None) -> list[Point]:
        """Ended sessions, the oldest first; `newest`: only so many."""
        names = ("session_id", "start_at", "active_s", "xp", "kills", "deaths", "damage", "character", "build", "zone",
                 "mode", "rating")  # fmt: skip
        wanted = select(*(_s[name] for name in names)).where(_ended(since)).order_by(_s.start_at.desc(), _s.key.desc())
        return [
            Point(
                session_id=r[0], start=r[1], active_s=r[2], xp=r[3], kills=r[4], deaths=r[5], damage=r[6],
                character=r[7], build=r[8], zone=r[9], mode=r[10], rating=r[11],
            )
            for r in reversed(self._rows(wanted.limit(newest)))
        ]  # fmt: skip

    def hours(self, since: float | None = None, sessions: int = 2000) -> list[tuple[float, float, float]]:
        """(Unix seconds at an hour's beginning, XP, active seconds) of the hours played in the newest sessions."""
        minutes = schema.minutes.c
        kind = Integer if self._engine.dialect.name == "sqlite" else BigInteger
        hour = (cast(minutes.start, kind) // 3600).label("hour")
        newest = select(_s.key).where(_ended(since)).order_by(_s.start_at.desc()).limit(sessions)
        wanted = (
            select(hour, func.sum(minutes.xp), func.sum(minutes.active_s))
            .where(minutes.session.in_(newest.scalar_subquery()))
            .group_by(hour)
            .order_by(hour)
        )
        return [(float(r[0]) * 3600, r[1], r[2]) for r in self._rows(wanted)]

    def places(self, since: float | None = None) -> list[tuple[str, Sums]]:
        """Each zone: XP (y) and active seconds (x) over the sessions that were there."""
        zones = schema.session_zones.c
        y, x = zones.xp, zones.active_s
        sums = (func.sum(part) for part in (y, x, y * y, y * x, x * x))
        wanted = select(zones.name, func.count(), *sums).where(x > 0).group_by(zones.name)
        return [(r[0], Sums(*r[1:])) for r in self._rows(_joined(wanted, zones.session, since))]

    def ranking(self, since: float | None = None, most: int = 30) -> list[dict[str, Any]]:
        """Skills and actions with uses, success and time; the most used first."""
        skills, actions = schema.session_skills.c, told.session_actions.c
        uses = func.sum(skills.uses)
        used = _joined(
            select(
                skills.name, uses, func.sum(skills.successes), func.sum(skills.damage), func.sum(skills.xp),
                func.sum(skills.occupied_s), func.count(),
            ),
            skills.session, since,
        ).group_by(skills.name).order_by(uses.desc(), skills.name).limit(most)  # fmt: skip
        did_uses = func.sum(actions.uses)
        done = _joined(
            select(
                actions.name, did_uses, func.sum(actions.successes), func.sum(actions.duration_s),
                func.sum(actions.timed), func.count(),
            ),
            actions.session, since,
        ).group_by(actions.name).order_by(did_uses.desc(), actions.name).limit(most)  # fmt: skip
        rows = [_skill(r) for r in self._rows(used) if r[1]]
        return rows + [_action(r) for r in self._rows(done) if r[1]]

    def recent_skills(self, sessions: int) -> dict[str, list[tuple[int, int]]]:
        """(uses, successes) of each skill in each of the newest sessions, the oldest first."""
        skills = schema.session_skills.c
        newest = select(_s.key).where(_ended(None)).order_by(_s.start_at.desc()).limit(sessions).subquery()
        wanted = (
            select(skills.name, skills.uses, skills.successes)
            .join(newest, newest.c.key == skills.session)
            .join(schema.sessions, _s.key == skills.session)
            .where(skills.uses > 0)
            .order_by(_s.start_at)
        )
        found: dict[str, list[tuple[int, int]]] = {}
        for name, uses, successes in self._rows(wanted):
            found.setdefault(name, []).append((uses, successes))
        return found

    def said(self, kinds: Sequence[str], since: float | None = None, newest: int = 2000) -> list[Said]:
        """Feedback, decisions, attempts or scripts: the newest so many, the oldest of them first."""
        table = told.session_said.c
        wanted = select(told.session_said).where(table.kind.in_(kinds)).order_by(table.at.desc()).limit(newest)
        if since is not None:
            wanted = wanted.where(table.at >= since)
        return [
            Said(
                at=r.at, kind=r.kind, name=r.name, value=r.value, text=r.text, tags=_tags.decode(r.tags),
                seconds=r.seconds,
            )
            for r in reversed(self._rows(wanted))
        ]  # fmt: skip

    def sources(self, since: float | None = None, sessions: int = 50) -> list[dict[str, Any]]:
        """How each source kept up in the newest sessions: the median and the worst of their delays, in seconds."""
        table = told.session_sources.c
        newest = select(_s.key).where(_ended(since)).order_by(_s.start_at.desc()).limit(sessions).subquery()
        wanted = (
            select(
                table.name, func.sum(table.events), func.avg(table.delay_p50_s), func.avg(table.delay_p95_s),
                func.max(table.delay_p95_s), func.sum(table.readings),
                func.sum(table.confidence * table.readings), func.count(),
            )
            .join(newest, newest.c.key == table.session)
            .group_by(table.name)
            .order_by(table.name)
        )  # fmt: skip
        return [
            {
                "source": r[0], "sessions": r[7], "events": int(r[1]), "delay_p50_s": r[2], "delay_p95_s": r[3],
                "worst_delay_p95_s": r[4], "readings": int(r[5]), "confidence": r[6] / r[5] if r[5] else None,
            }
            for r in self._rows(wanted)
        ]  # fmt: skip

    def alerts(self, since: float | None = None) -> list[dict[str, Any]]:
        """Those raised in sessions, the newest first; times Unix seconds."""
        table = told.alerts.c
        names = ("kind", "severity", "since", "detected_at", "metric", "expected", "observed", "message", "changed")
        wanted = select(_s.session_id, *(table[name] for name in names)).join(
            schema.sessions, _s.key == table.session
        )  # fmt: skip
        if since is not None:
            wanted = wanted.where(table.detected_at >= since)
        return [dict(r._mapping) for r in self._rows(wanted.order_by(table.detected_at.desc()))]

    def advice(self) -> list[dict[str, Any]]:
        """The view `recommendation_quality`, the newest advice first."""
        return [
            dict(r._mapping) for r in self._rows(text("SELECT * FROM recommendation_quality ORDER BY first_at DESC"))
        ]

    def learnings(self) -> list[dict[str, Any]]:
        """The view `learning_summary`: attempts by goal and scripts by kind."""
        return [dict(r._mapping) for r in self._rows(text("SELECT * FROM learning_summary ORDER BY tries DESC, name"))]

    def intake(self, since: float | None = None) -> dict[str, Any]:
        """What was refused and how the screen reader did, as `services.intake.summed` tells it, over all machines."""
        documents = schema.documents.c
        wanted = select(documents.body).where((documents.name == DOCUMENT) | documents.name.startswith(f"{DOCUMENT}:"))
        return summed([one for row in self._rows(wanted) for one in counts_of(row[0])], since)

    def corrections(self, since: float | None = None) -> dict[str, int]:
        """How often the user corrected what was recorded, by what was done: the audit trail."""
        audit = schema.audit.c
        wanted = select(audit.action, func.count()).group_by(audit.action).order_by(audit.action)
        if since is not None:
            wanted = wanted.where(audit.at >= since)
        return {r[0]: r[1] for r in self._rows(wanted)}

    def _rows(self, wanted: Any) -> Any:
        with faults(), self._engine.connect() as connection:
            return connection.execute(wanted).all()


def _ended(since: float | None) -> ColumnElement[bool]:
    done = _s.end_at.is_not(None) & (_s.active_s > 0)
    return done if since is None else done & (_s.start_at >= since)


def _joined(wanted: Select[Any], session: Any, since: float | None) -> Select[Any]:
    """Only where the period asks for it: the join costs more than the sums."""
    if since is None:
        return wanted
    return wanted.join(schema.sessions, _s.key == session).where(_ended(since))


def _skill(r: Any) -> dict[str, Any]:
    name, uses, successes, damage, xp, occupied, sessions = r
    return {
        "kind": "skill", "name": name, "uses": int(uses), "sessions": sessions, "success_rate": successes / uses,
        "average_damage": damage / uses, "xp_per_use": xp / uses,
        "damage_per_second": damage / occupied if occupied else None, "seconds_per_use": occupied / uses,
    }  # fmt: skip


def _action(r: Any) -> dict[str, Any]:
    name, uses, successes, spent, timed, sessions = r
    return {
        "kind": "action", "name": name, "uses": int(uses), "sessions": sessions, "success_rate": successes / uses,
        "average_damage": None, "xp_per_use": None, "damage_per_second": None,
        "seconds_per_use": spent / timed if timed else None,
    }  # fmt: skip
