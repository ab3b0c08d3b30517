"""What the learner reads of the store, and what it leaves there."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

import msgspec
from sqlalchemy import Engine, bindparam, delete, insert, select

from combatlens.adapters.storage import schema
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.adapters.storage.told import put_recommendations, put_session, recommendations
from combatlens.domain.events import Decision, Recorded
from combatlens.domain.fold import FoldRules
from combatlens.domain.refold import effective
from combatlens.learning.followed import Followed
from combatlens.services.insight_files import INSIGHTS
from combatlens.services.learner import Learned, SessionToLearn

HISTORY = "learning_history"
HELD = 200_000
"""Events of a session that are held in memory while it is learned from: 100 MB."""

_decision = msgspec.json.Decoder(Decision, strict=False).decode


class SqlLearning:
    """`services.learn_worker.LearningReader` over the store. `rules_of(profile)` gives a profile's fold rules.

    `machine`: whose sessions are pending here; what was kept of others' counts too.
    """

    def __init__(self, engine: Engine, rules_of: Callable[[str], FoldRules], machine: str = "") -> None:
        self._machine = machine
        self._engine = engine
        self._rules_of = rules_of
        self._history = SqlHistory(engine)
        self._store = SqlStore(engine, machine)

    def pending(self) -> Sequence[str]:
        sessions, stats = schema.sessions, schema.session_stats
        wanted = (
            select(sessions.c.session_id)
            .join(stats, stats.c.session == sessions.c.key, isouter=True)
            .where(sessions.c.end_at.is_not(None), stats.c.session.is_(None), sessions.c.pruned == 0)
            .order_by(sessions.c.end_at, sessions.c.session_id)
        )
        if self._machine:
            wanted = wanted.where(sessions.c.machine == self._machine)
        with faults(), self._engine.connect() as connection:
            return list(connection.execute(wanted).scalars())

    def session(self, session_id: str) -> SessionToLearn:
        """Raises NotFound."""

        summary = self._history.summary(session_id)
        links = self._store.links(session_id)
        events: Iterable[Recorded] = _Streamed(self._store, session_id)
        if links or summary.events <= HELD:
            events = effective(self._store.records(session_id), links)
        return SessionToLearn(summary, events, self._rules_of(summary.profile))

    def known(self) -> Sequence[str]:
        sessions, stats = schema.sessions, schema.session_stats
        wanted = select(sessions.c.session_id).join(stats, stats.c.session == sessions.c.key)
        with faults(), self._engine.connect() as connection:
            return list(connection.execute(wanted).scalars())

    def kept(self) -> Iterable[bytes]:
        with faults(), self._engine.connect() as connection:
            for body in connection.execute(select(schema.session_stats.c.body)).scalars():
                yield base64.b64decode(body)

    def history(self) -> bytes | None:
        body = self._store.document(HISTORY)
        return base64.b64decode(body) if body else None

    def followed(self) -> Followed:
        advice, events = recommendations.c, schema.events.c
        given = select(advice.id, advice.kind, advice.text, advice.expected_gain)
        loose = select(events.at, events.body).where(events.session.is_(None), events.kind == "decision")
        with faults(), self._engine.connect() as connection:
            known = {
                row.id: {"kind": row.kind, "text": row.text, "expected_gain_xp_per_hour": row.expected_gain}
                for row in connection.execute(given)
            }
            made = [(row.at, _decision(row.body)) for row in connection.execute(loose)]
        return Followed(given=known, decisions=[(one.recommendation_id, one.decision, at) for at, one in made])


class _Streamed:
    """A session's events, read anew each time that they are gone through."""

    def __init__(self, store: SqlStore, session_id: str) -> None:
        self._store = store
        self._session_id = session_id

    def __iter__(self) -> Iterator[Recorded]:
        return chain.from_iterable(self._store.parts(self._session_id))


class LearningCommit:
    """Puts a run's result into the store, all of it or nothing.

    `begin` is called before a run looks at the store. What it found in a session that was written since then is left
    out, so that the session stays pending.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._changed: set[str] = set()

    def begin(self) -> None:
        self._changed = self._store.watch()

    def __call__(self, learned: Learned) -> None:
        table, sessions = schema.session_stats, schema.sessions
        documents = {
            HISTORY: base64.b64encode(learned.history).decode(),
            INSIGHTS: msgspec.json.encode(learned.insights).decode(),
        }
        with self._store.transaction() as connection:
            names = {*learned.stats, *learned.outdated} - self._changed
            found = connection.execute(
                select(sessions.c.session_id, sessions.c.key).where(
                    sessions.c.session_id.in_(names), sessions.c.end_at.is_not(None), sessions.c.pruned == 0
                )
            )
            keys = {row.session_id: row.key for row in found}
            if keys:
                connection.execute(
                    delete(table).where(table.c.session == bindparam("b_key")), [{"b_key": k} for k in keys.values()]
                )
            made = [
                {"session": keys[name], "version": 1, "body": base64.b64encode(body).decode()}
                for name, body in learned.stats.items()
                if name in keys
            ]
            if made:
                connection.execute(insert(table), made)
            raised = defaultdict(list)
            for alert in learned.alerts:
                raised[alert["session_id"]].append(alert)
            for name, told in learned.told.items():
                if name in keys:
                    put_session(connection, keys[name], told, raised[name])
            made_at = learned.insights.get("meta", {}).get("generated_at")
            if made_at is not None:
                at = datetime.fromisoformat(made_at).timestamp()
                put_recommendations(connection, learned.insights["recommendations"], at)
            self._store.put_documents(connection, documents)
