"""What analytics reads: sessions and sums over rollups. The cost is that of the sessions looked at, never of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from combatlens.adapters.storage.asking import Ask
from combatlens.adapters.storage.file_words import readable
from combatlens.learning.robust import Sums
from combatlens.learning.survey import Point
from combatlens.learning.told import Said
from combatlens.services.intake import DOCUMENT, counts_of, summed

_tags = msgspec.json.Decoder(tuple[str, ...])


class Tagged(msgspec.Struct):
    """As much of a session's summary as is asked for here."""

    tags: tuple[str, ...] = ()


_tagged = msgspec.json.Decoder(Tagged)
_EVERYTHING = 1_000_000_000
"""As a LIMIT: SQLite and PostgreSQL write "no limit" in different ways."""


class SqlAnalytics:
    """`services.analytics.AnalyticsReader` over the store. `since`: Unix seconds at which sessions begin; None: all."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def document(self, name: str) -> str | None:
        """A kept document's text."""
        found = self._rows("SELECT body FROM documents WHERE name = :name", name=name)
        return found[0][0] if found else None

    def points(self, since: float | None = None, newest: int | None = None) -> list[Point]:
        """Ended sessions, the oldest first; `newest`: only so many."""
        found = self._rows(
            f"""SELECT session_id, start_at, active_s, xp, kills, deaths, damage, character, build, zone, mode, rating
            FROM sessions s WHERE {_ended(since)} ORDER BY start_at DESC, key DESC LIMIT :most""",
            since=since, most=newest or _EVERYTHING,
        )  # fmt: skip
        found.reverse()
        return [
            Point(
                session_id=r[0], start=r[1], active_s=r[2], xp=r[3], kills=r[4], deaths=r[5], damage=r[6],
                character=r[7], build=r[8], zone=r[9], mode=r[10], rating=r[11],
            )
            for r in found
        ]  # fmt: skip

    def tags(self, since: float | None = None) -> dict[str, tuple[str, ...]]:
        """Of those ended sessions that have any, by id."""
        found = self._rows(
            f"SELECT session_id, summary FROM sessions s WHERE {_ended(since)} AND summary NOT LIKE :none",
            since=since, none='%"tags":[]%',
        )  # fmt: skip
        with readable():
            return {session_id: _tagged.decode(summary).tags for session_id, summary in found}

    def hours(self, since: float | None = None, sessions: int = 2000) -> list[tuple[float, float, float]]:
        """(Unix seconds at an hour's beginning, XP, active seconds) of the hours played in the newest sessions."""
        found = self._rows(
            f"""SELECT CAST(start AS BIGINT) / 3600 AS hour, SUM(xp), SUM(active_s) FROM minutes
            WHERE session IN (SELECT key FROM sessions s WHERE {_ended(since)} ORDER BY start_at DESC LIMIT :most)
            GROUP BY hour ORDER BY hour""",
            since=since, most=sessions,
        )  # fmt: skip
        return [(float(r[0]) * 3600, r[1], r[2]) for r in found]

    def places(self, since: float | None = None) -> list[tuple[str, Sums]]:
        """Each zone: XP (y) and active seconds (x) over the sessions that were there."""
        found = self._rows(
            f"""SELECT t.name, COUNT(*), SUM(t.xp), SUM(t.active_s), SUM(t.xp * t.xp), SUM(t.xp * t.active_s),
                   SUM(t.active_s * t.active_s)
            FROM session_zones t {_of_sessions(since)} WHERE t.active_s > 0 GROUP BY t.name""",
            since=since,
        )
        return [(r[0], Sums(*r[1:])) for r in found]

    def ranking(self, since: float | None = None, most: int = 30) -> list[dict[str, Any]]:
        """Skills and actions with uses, success and time; the most used first."""
        used = self._rows(
            f"""SELECT t.name, SUM(t.uses) AS uses, SUM(t.successes), SUM(t.damage), SUM(t.xp), SUM(t.occupied_s),
                   COUNT(*)
            FROM session_skills t {_of_sessions(since)} GROUP BY t.name ORDER BY 2 DESC, 1 LIMIT :most""",
            since=since, most=most,
        )  # fmt: skip
        done = self._rows(
            f"""SELECT t.name, SUM(t.uses) AS uses, SUM(t.successes), SUM(t.duration_s), SUM(t.timed), COUNT(*)
            FROM session_actions t {_of_sessions(since)} GROUP BY t.name ORDER BY 2 DESC, 1 LIMIT :most""",
            since=since, most=most,
        )  # fmt: skip
        return [_skill(r) for r in used if r[1]] + [_action(r) for r in done if r[1]]

    def recent_skills(self, sessions: int) -> dict[str, list[tuple[int, int]]]:
        """(uses, successes) of each skill in each of the newest sessions, the oldest first."""
        rows = self._rows(
            f"""SELECT t.name, t.uses, t.successes
            FROM (SELECT key, start_at FROM sessions s WHERE {_ended(None)} ORDER BY start_at DESC LIMIT :most) n
            JOIN session_skills t ON t.session = n.key WHERE t.uses > 0 ORDER BY n.start_at""",
            most=sessions,
        )
        found: dict[str, list[tuple[int, int]]] = {}
        for name, uses, successes in rows:
            found.setdefault(name, []).append((uses, successes))
        return found

    def said(self, kind: str, since: float | None = None, newest: int = 2000) -> list[Said]:
        """Feedback, decisions, attempts or scripts: the newest so many, the oldest of them first."""
        later = "" if since is None else "AND at >= :since"
        found = self._rows(
            f"""SELECT at, kind, name, value, text, tags, seconds FROM session_said
            WHERE kind = :kind {later} ORDER BY at DESC LIMIT :most""",
            kind=kind, since=since, most=newest,
        )  # fmt: skip
        with readable():
            return [
                Said(at=r[0], kind=r[1], name=r[2], value=r[3], text=r[4], tags=_tags.decode(r[5]), seconds=r[6])
                for r in reversed(found)
            ]

    def sources(self, since: float | None = None, sessions: int = 50) -> list[dict[str, Any]]:
        """How each source kept up in the newest sessions: the median and the worst of their delays, in seconds."""
        found = self._rows(
            f"""SELECT t.name, SUM(t.events), AVG(t.delay_p50_s), AVG(t.delay_p95_s), MAX(t.delay_p95_s),
                   SUM(t.readings), SUM(t.confidence * t.readings), COUNT(*)
            FROM (SELECT key FROM sessions s WHERE {_ended(since)} ORDER BY start_at DESC LIMIT :most) n
            JOIN session_sources t ON t.session = n.key GROUP BY t.name ORDER BY t.name""",
            since=since, most=sessions,
        )  # fmt: skip
        return [
            {
                "source": r[0], "sessions": r[7], "events": int(r[1]), "delay_p50_s": r[2], "delay_p95_s": r[3],
                "worst_delay_p95_s": r[4], "readings": int(r[5]), "confidence": r[6] / r[5] if r[5] else None,
            }
            for r in found
        ]  # fmt: skip

    def alerts(self, since: float | None = None) -> list[dict[str, Any]]:
        """Those raised in sessions, the newest first; times Unix seconds."""
        later = "" if since is None else "WHERE a.detected_at >= :since"
        return self._ask(
            f"""SELECT s.session_id, a.kind, a.severity, a.since, a.detected_at, a.metric, a.expected, a.observed,
                   a.message, a.changed
            FROM alerts a JOIN sessions s ON s.key = a.session {later} ORDER BY a.detected_at DESC""",
            {"since": since},
        ).named()

    def advice(self) -> list[dict[str, Any]]:
        """The view `recommendation_quality`, the newest advice first."""
        return self._ask("SELECT * FROM recommendation_quality ORDER BY first_at DESC", {}).named()

    def learnings(self) -> list[dict[str, Any]]:
        """The view `learning_summary`: attempts by goal and scripts by kind."""
        return self._ask("SELECT * FROM learning_summary ORDER BY tries DESC, name", {}).named()

    def intake(self, since: float | None = None) -> dict[str, Any]:
        """What was refused and how the screen reader did, as `services.intake.summed` tells it, over all machines."""
        found = self._rows(
            "SELECT body FROM documents WHERE name = :name OR name LIKE :machines",
            name=DOCUMENT, machines=f"{DOCUMENT}:%",
        )  # fmt: skip
        return summed([one for row in found for one in counts_of(row[0])], since)

    def corrections(self, since: float | None = None) -> dict[str, int]:
        """How often the user corrected what was recorded, by what was done: the audit trail."""
        later = "" if since is None else "WHERE at >= :since"
        found = self._rows(f"SELECT action, COUNT(*) FROM audit {later} GROUP BY action ORDER BY action", since=since)
        return {r[0]: r[1] for r in found}

    def _rows(self, statement: str, **values: Any) -> list[Any]:
        return self._ask(statement, values).rows


def _ended(since: float | None) -> str:
    """Of `sessions s`: those that ended, and were played in."""
    done = "s.end_at IS NOT NULL AND s.active_s > 0"
    return done if since is None else f"{done} AND s.start_at >= :since"


def _of_sessions(since: float | None) -> str:
    """Only where the period asks for it: the join costs more than the sums."""
    return "" if since is None else f"JOIN sessions s ON s.key = t.session AND {_ended(since)}"


def _skill(r: Sequence[Any]) -> dict[str, Any]:
    name, uses, successes, damage, xp, occupied, sessions = r
    return {
        "kind": "skill", "name": name, "uses": int(uses), "sessions": sessions, "success_rate": successes / uses,
        "average_damage": damage / uses, "xp_per_use": xp / uses,
        "damage_per_second": damage / occupied if occupied else None, "seconds_per_use": occupied / uses,
    }  # fmt: skip


def _action(r: Sequence[Any]) -> dict[str, Any]:
    name, uses, successes, spent, timed, sessions = r
    return {
        "kind": "action", "name": name, "uses": int(uses), "sessions": sessions, "success_rate": successes / uses,
        "average_damage": None, "xp_per_use": None, "damage_per_second": None,
        "seconds_per_use": spent / timed if timed else None,
    }  # fmt: skip
