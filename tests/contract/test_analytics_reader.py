"""What analytics asks is understood by PostgreSQL as by SQLite, and answered alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, insert, text

from combatlens.adapters.storage import schema, told
from combatlens.adapters.storage.analytics import SqlAnalytics
from combatlens.adapters.storage.asking import Ask, ask_engine, ask_file, ask_server
from combatlens.adapters.storage.engine import open_postgresql, open_sqlite, upgrade
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Decision
from combatlens.learning.told import ActionTotals, Said, SourceTotals, Told

END = 1_780_000_000.0
VIEWS = ("performance_by_day", "effectiveness_ranking", "recommendation_quality", "learning_summary")


@pytest.fixture
def engine(place: Path | str) -> Iterator[Engine]:
    engine = open_postgresql(place) if isinstance(place, str) else open_sqlite(place)
    upgrade(engine)
    yield engine
    engine.dispose()


TOLD = Told(
    actions={"travel": ActionTotals(uses=2, successes=1, duration_s=3.0, timed=1)},
    said=(
        Said(at=END, kind="feedback", value=4.0, text="fine", tags=("fen",)),
        Said(at=END + 20, kind="decision", name="a", text="accepted"),
        Said(at=END, kind="script", name="rotation", value=1.0, text="modified", seconds=5.0),
    ),
    sources={"bot": SourceTotals(events=9, delay_p50_s=0.1, delay_p95_s=0.4, readings=2, confidence=0.9)},
)
ALERT = {"kind": "dps_drop", "severity": "high", "since": "2026-05-28T20:26:40+00:00", "session_id": "one",
         "detected_at": "2026-05-28T20:27:40+00:00", "metric": "dps", "expected": 9.0, "observed": 4.0,
         "message": "low", "changed": ""}  # fmt: skip


def test_every_question_is_answered(engine: Engine) -> None:
    with engine.begin() as connection:
        row: dict[str, object] = {column.name: 0 for column in schema.sessions.c if not column.nullable}
        row |= {"session_id": "one", "character": "Ayla", "profile": "p", "state": "completed", "owner": "", "key": 1,
                "start_at": END, "end_at": END + 60, "active_s": 60.0, "xp": 5.0, "summary": '{"tags":["duo"]}',
                "rating": 4.0}  # fmt: skip
        connection.execute(insert(schema.sessions), row)
        skill = {"session": 1, "name": "Bolt", "uses": 4, "successes": 3, "damage": 8.0, "xp": 1.0, "occupied_s": 6.0,
                 "criticals": 0, "max_damage": 3.0}  # fmt: skip
        connection.execute(insert(schema.session_skills), skill)
        zone = {"session": 1, "name": "fen", "kills": 1, "active_s": 60.0, "xp": 5.0}
        connection.execute(insert(schema.session_zones), zone)
        minute = {column.name: 0 for column in schema.minutes.c} | {"session": 1, "start": END, "active_s": 60.0}
        connection.execute(insert(schema.minutes), minute)
        for _ in range(2):  # what is learned again replaces what was there
            told.put_session(connection, 1, TOLD, [ALERT])
        advice = {"id": "a", "kind": "idle", "text": "t", "impact": "low", "expected_gain_xp_per_hour": 1.0,
                  "confidence": 0.7}  # fmt: skip
        for at in (END, END + 9):
            told.put_recommendations(connection, [advice], at)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT events_month(:at)"), {"at": END})
        loose = Decision(recommendation_id="a", decision="rejected")  # made while no session was open
        event = {"seq": 1, "session": None, "at": END + 15, "arrived": END + 15, "source": "bot", "character": "Ayla",
                 "kind": "decision", "body": msgspec.json.encode(loose).decode()}  # fmt: skip
        connection.execute(insert(schema.events), event)
        entry = {"at": END, "action": "edit", "subject": "one", "detail": "{}"}
        connection.execute(insert(schema.audit), entry)
    answers(ask_engine(engine))
    url = engine.url
    by_driver = (
        ask_file(Path(str(url.database)))
        if engine.dialect.name == "sqlite"
        else ask_server(url.render_as_string(hide_password=False))
    )
    with by_driver as ask:
        assert ask is not None
        answers(ask)
    with engine.connect() as connection:
        for view in VIEWS:
            assert len(connection.execute(text(f"SELECT * FROM {view}")).all()) >= 1
        assert tuple(connection.execute(text("SELECT day, rating FROM performance_by_day")).one()) == (
            "2026-05-28",
            4.0,
        )


def answers(ask: Ask) -> None:
    reader = SqlAnalytics(ask)
    for since in (None, END - 1):
        assert [p.session_id for p in reader.points(since)] == ["one"]
        assert reader.tags(since) == {"one": ("duo",)}
        assert reader.hours(since) == [(END // 3600 * 3600, 0.0, 60.0)]
        assert [(row["name"], row["success_rate"]) for row in reader.ranking(since)] == [
            ("Bolt", 0.75),
            ("travel", 0.5),
        ]
        assert [(name, sums.n, sums.xy) for name, sums in reader.places(since)] == [("fen", 1, 300.0)]
        assert [said.tags for said in reader.said("feedback", since)] == [("fen",)]
        assert [row["delay_p95_s"] for row in reader.sources(since)] == [0.4]
        assert [(row["session_id"], row["detected_at"] - row["since"]) for row in reader.alerts(since)] == [("one", 60)]
    assert (reader.points(END + 1), reader.tags(END + 1)) == ([], {})
    assert (reader.corrections(), reader.corrections(END + 1)) == ({"edit": 1}, {})
    assert reader.recent_skills(5) == {"Bolt": [(4, 3)]}
    (advised,) = reader.advice()
    assert (advised["last_at"], advised["seconds_to_decide"]) == (END + 9, 15)
    assert (advised["accepted"], advised["modified"], advised["rejected"]) == (1, 0, 1)
    assert [(row["kind"], row["tries"], row["seconds_to_decide"]) for row in reader.learnings()] == [("script", 1, 5)]
    assert (reader.document("insights"), reader.intake()["refused"]) == (None, [])


def test_a_file_that_needs_care_is_left_to_the_store(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for spoil in (
        lambda: None,
        lambda: path.write_bytes(b""),
        lambda: path.write_bytes(b"no database" * 500),
        lambda: old(path),
    ):
        path.unlink(missing_ok=True)
        spoil()
        with ask_file(path) as ask:
            assert ask is None


def old(path: Path) -> None:
    engine = open_sqlite(path)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()


def test_what_a_file_refuses_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engine = open_sqlite(path)
    upgrade(engine)
    engine.dispose()
    with ask_file(path) as ask:
        assert ask is not None
        with pytest.raises(EnvironmentFault, match="the database file is damaged"):
            ask("SELECT * FROM no_such", {})
