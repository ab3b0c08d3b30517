"""A recorder's login may be bound to one machine: it records as ever there, and changes no other machine's figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from tests.contract.test_outage import Running
from tests.contract.test_spool import Remote
from tests.desk import Desk
from tests.postgres import Server

from combatlens.adapters.spool import FileSpool
from combatlens.adapters.storage import roles, schema, told
from combatlens.adapters.storage.engine import faults, hold_machine, open_postgresql
from combatlens.bootstrap.care import check_store
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, Kill, SkillUse, XpGain
from combatlens.ports import StoreAway

REFUSED = "does not let this user do that"


@pytest.fixture
def fleet(postgres: Server) -> str:
    """A database with a session of machine south; `bot_north` records for north alone. The owner's address."""
    url = postgres.database()
    south = Desk(url, "south")
    south.send((0, SkillUse(skill="a", damage=5, target="rat")), (1, Kill(target="rat", xp=2)), (2, XpGain(amount=3)))
    roles.grant(south.engine, "recorder", "bot_north", "north")
    roles.grant(south.engine, "recorder", "bot_any")
    south.close()
    return url


def _as(url: str, login: str) -> str:
    return url.replace("owner@", f"{login}@")


@pytest.mark.expected_errors("waits in the spool")
def test_it_records_delivers_and_recovers_its_own(fleet: str, postgres: Server, tmp_path: Path) -> None:
    spool = FileSpool(tmp_path / "spool.db")
    many: list[tuple[float, Event]] = [(n, SkillUse(skill="b", damage=1, id=f"n{n}")) for n in range(200)]
    north = Remote(_as(fleet, "bot_north"), spool)
    try:
        north.send((-5, XpGain(amount=1)))  # before its session: loose, and taken into it
        assert north.send(*many).accepted == 200
        north.send((40 * 86_400.0, Kill()))  # its month is made for it
        north.send((41 * 86_400.0, Kill()))
        postgres.stop()
        try:
            assert north.send((41 * 86_400.0 + 1, Kill(xp=1)), (41 * 86_400.0 + 2, Kill(xp=1))).accepted == 2
            assert isinstance(north.recorder.fault, StoreAway)
        finally:
            postgres.start()
        north.try_again()
        assert len(spool) == 0
        north.recorder.finish_past().result(10)  # those that the outage found open end, not while they are looked at
        north.assert_sound()
        left = {head.session_id for head in north.store.unfinished()}
    finally:
        north.close()
        spool.close()
    assert left
    assert set(Desk.recovered_by(_as(fleet, "bot_north"), "north")) == left


def test_other_machines_rows_stay_as_they_are(fleet: str) -> None:
    north = Desk(_as(fleet, "bot_north"), "north")
    south = "(SELECT key FROM sessions WHERE machine = 'south')"
    try:
        north.send((0, Kill()))
        with north.engine.connect() as connection:  # it reads all of them
            assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 2
            assert connection.execute(text("SELECT count(*) FROM session_skills")).scalar() == 1
        kept = ("session_skills", "session_targets", "minutes", "encounters", "moments", "session_stats", "alerts")
        changes = [f"UPDATE {name} SET session = session" for name in kept] + [f"DELETE FROM {name}" for name in kept]
        changes += ["UPDATE sessions SET notes = 'x', kills = 99", "UPDATE session_skills SET damage = 99"]
        for change in changes:
            with faults(), north.engine.begin() as it:
                it.execute(text(f"{change} WHERE {'key' if 'sessions SET' in change else 'session'} IN {south}"))
        forbidden = (
            "INSERT INTO sessions (session_id, character, profile, state, start_at, last_at, summary, machine) "
            "VALUES ('forged', 'c', 'p', 'active', 1, 1, '{}', 'south')",
            f"INSERT INTO moments SELECT key, 99, 1, 'x', 'x' FROM sessions WHERE key IN {south}",
            f"INSERT INTO links SELECT 1, 2, key, 'x' FROM sessions WHERE key IN {south}",
            "INSERT INTO events (seq, session, at, arrived, source, character, kind, resolution, body) "
            "SELECT 999, session, at, arrived, source, character, kind, resolution, body FROM events "
            f"WHERE session IN {south} LIMIT 1",
            f"UPDATE events SET session = (SELECT key FROM sessions WHERE machine = 'north') WHERE session IN {south}",
            f"UPDATE events SET session = {south} WHERE session = (SELECT key FROM sessions WHERE machine = 'north')",
            "UPDATE recorder_logins SET machine = 'south'",
            "SET ROLE combatlens_recorder; "
            f"INSERT INTO moments SELECT key, 99, 1, 'x', 'x' FROM sessions WHERE key IN {south}",
            "CREATE TEMP TABLE recorder_logins AS SELECT session_user AS login, 'south'::text AS machine; "
            f"INSERT INTO moments SELECT key, 99, 1, 'x', 'x' FROM sessions WHERE key IN {south}",
        )
        for change in forbidden:
            with pytest.raises(EnvironmentFault, match=REFUSED), faults(), north.engine.begin() as it:
                it.execute(text(change))
        north.assert_sound()  # of both machines: every figure equals a recount
        assert north.history.summary(_session(north, "south")).notes in (None, "")
    finally:
        north.close()


def test_documents_and_advice_of_others_stay_as_they_are(fleet: str) -> None:
    owner, north = Desk(fleet, "south"), Desk(_as(fleet, "bot_north"), "north")
    kept = {"insights": "of all", "learning_history": "of all", "intake:south": "of south", "insights:south": "x"}
    advice = {"kind": "zone", "text": "go there", "impact": "low", "expected_gain_xp_per_hour": 1.0, "confidence": 0.5}
    try:
        for name, body in kept.items():
            owner.store.put_document(name, body)
        with owner.store.transaction() as it:
            told.put_recommendations(it, [{"id": "a", **advice}], 1.0)
        assert north.store.document("insights") == "of all"
        for name in ("insights", "learning_history"):
            north.store.put_document(name, "of north")
            assert north.store.document(name) == "of north"
        north.store.put_document("intake:north", "[]")
        with north.store.transaction() as it:
            told.put_recommendations(it, [{"id": n, **advice, "text": "another"} for n in ("a", "b")], 2.0)
            told.put_recommendations(it, [{"id": n, **advice, "text": "yet another"} for n in ("a", "b")], 3.0)
            it.execute(text("DELETE FROM documents WHERE right(name, 5) <> 'north'"))
            it.execute(text("UPDATE documents SET body = '' WHERE right(name, 5) <> 'north'"))
            it.execute(text("DELETE FROM recommendations WHERE id = 'a'"))
        for name in ("insights:south", "anything"):
            with pytest.raises(EnvironmentFault, match=REFUSED):
                north.store.put_document(name, "forged")
        assert {name: owner.store.document(name) for name in kept} == kept
        with owner.engine.connect() as it:
            found = {row.id: row.text for row in it.execute(text("SELECT id, text FROM recommendations"))}
        assert found == {"a": "go there", "b": "yet another"}
        roles.grant(owner.engine, "recorder", "bot_north")  # bound no more: its copies are gone
        assert owner.store.document("insights:north") is None
    finally:
        owner.close()
        north.close()


def _session(desk: Desk, machine: str) -> str:
    with desk.engine.connect() as connection:
        found = connection.execute(text("SELECT session_id FROM sessions WHERE machine = :it"), {"it": machine})
        return str(found.scalar_one())


def test_who_is_bound_to_none_writes_any_machines(fleet: str) -> None:
    for machine in ("north", "east"):
        desk = Desk(_as(fleet, "bot_any"), machine)
        desk.send((0, Kill()), (1, SkillUse(skill="a", damage=1)))
        desk.assert_sound()
        desk.close()
    owner = Desk(fleet, "south")
    owner.send((9, Kill()))
    roles.grant(owner.engine, "recorder", "bot_north")  # without --machine: bound no more
    owner.close()
    west = Desk(_as(fleet, "bot_north"), "west")
    west.send((0, Kill()))
    west.assert_sound()
    west.close()


def test_every_table_of_a_session_is_held_to_its_machine(fleet: str) -> None:
    owner = Desk(fleet, "south")
    tables = [*schema.metadata.tables.values(), *told.metadata.tables.values()]
    with owner.engine.connect() as connection:
        held = connection.execute(text("SELECT tablename FROM pg_policies WHERE policyname = 'own_machine'")).scalars()
        of_a_session = {t.name for t in tables if "session" in t.c} - {"events"}
        assert set(held) == of_a_session | {"sessions", "documents", "recommendations"}
    owner.close()


def test_it_is_bound_to_its_machine_from_the_start(fleet: str) -> None:
    engine = open_postgresql(_as(fleet, "bot_north"))
    try:
        with pytest.raises(
            EnvironmentFault, match="for machine 'north' alone, and this one is 'south'; set COMBATLENS"
        ):
            hold_machine(engine, "south")
        held = hold_machine(engine, "north")
        assert held is not None
        held.close()
    finally:
        engine.dispose()


def test_a_whole_program_runs_as_it(fleet: str, tmp_path: Path) -> None:
    running = Running(Home(tmp_path / "north", _as(fleet, "bot_north"), "north"))
    try:
        running.remote.post("/v1/sessions", {"session_id": "mine", "build": "bow"})
        events = [{"type": "skill", "skill": "a", "damage": 3}, {"type": "kill"}, {"type": "feedback", "rating": 4}]
        assert running.remote.send(events)["accepted"] == 3
        assert running.remote.post("/v1/sessions/current/end")["kills"] == 1
    finally:
        running.end()
    assert check_store(Home(tmp_path / "owner", fleet, "south"))["problems"] == []
    owner = Desk(fleet, "east")
    with owner.engine.connect() as connection:  # the learner's commit came too
        learnt = "SELECT count(*) FROM session_said JOIN sessions ON key = session WHERE session_id = 'mine'"
        assert connection.execute(text(learnt)).scalar() == 1
        names = connection.execute(text("SELECT name FROM documents")).scalars().all()
    assert "insights:north" in names
    assert "insights" not in names
    owner.close()


def test_the_command_says_for_which_machine(fleet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMBATLENS_DATABASE", fleet)
    run = CliRunner().invoke

    def grant(*more: str) -> str:
        found = run(cli, ["--home", str(tmp_path), "db", "grant", *more], standalone_mode=False, catch_exceptions=False)
        return found.stdout

    assert grant("recorder", "bot_e", "--machine", "east") == "bot_e is recorder of machine east alone\n"
    assert grant("recorder", "bot_e") == "bot_e is recorder\n"
    with pytest.raises(EnvironmentFault, match="an analyst is bound to no machine"):
        grant("analyst", "bot_e", "--machine", "east")
