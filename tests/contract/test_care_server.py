"""Care of a PostgreSQL server: who may do what, a file that moves to it, and a schema that is older or newer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.contract.care_homes import DAY_S, first_schema, two_sessions
from tests.desk import START, Desk
from tests.postgres import Server, programs

from combatlens.adapters.storage import roles, upkeep
from combatlens.adapters.storage.engine import HEAD_REVISION, faults, open_postgresql
from combatlens.adapters.storage.transfer import export_store, import_store
from combatlens.bootstrap.care import check_store, upgrade_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, SessionOp, SkillUse
from combatlens.ports import SessionQuery
from combatlens.services.corrections import Correction


def test_a_file_moves_to_a_server_and_goes_on_there(postgres: Server, tmp_path: Path) -> None:
    here = Desk(tmp_path / "here.db")
    two_sessions(here)
    export_store(here.engine, tmp_path / "all.jsonl", "jsonl")
    here.close()
    with Desk(postgres.database(), "north") as there:
        assert import_store(there.engine, tmp_path / "all.jsonl", "north") == 16
        there.recorder._book.reload("Dora")
        assert there.send((1, SkillUse(skill="a", damage=5, id="e0")), (100 * DAY_S, Kill())).duplicates == 1
        assert there.history.sessions(SessionQuery()).total == 3
        there.editor.edit("s0", Correction(build="new"))
        there.assert_sound()


def test_roles(postgres: Server) -> None:
    url = postgres.database()
    owner = Desk(url, "north")
    owner.send((0, Kill()))
    for role in roles.ROLES:
        roles.grant(owner.engine, role, f"test_{role}")
    recorder = Desk(url.replace("owner@", "test_recorder@"), "south")
    engine = create_engine(url.replace("postgresql://owner@", "postgresql+psycopg://test_analyst@"))
    try:
        recorder.send((0, Kill()), (1, SessionOp(op="end")))
        recorder.send((40 * DAY_S, Kill()))  # its month is made for it
        recorder.assert_sound()
        with pytest.raises(EnvironmentFault, match="does not let this user"):
            recorder.editor.delete([recorder.store.heads()[0].session_id])
        for forbidden in ("sessions SET machine = 'south'", "sessions SET favourite = 1", "sessions SET pruned = 1",
                          "events SET body = ''", "audit SET detail = ''"):  # fmt: skip
            with (
                pytest.raises(EnvironmentFault, match="does not let this user"),
                faults(),
                recorder.engine.begin() as it,
            ):
                it.execute(text(f"UPDATE {forbidden}"))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT sum(kills) FROM performance_by_day")).scalar() == 1
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(text("SELECT * FROM events"))
    finally:
        engine.dispose()
        recorder.close()
        owner.close()


def test_the_owner_role_may_correct_prune_and_grant(postgres: Server) -> None:
    url = postgres.database()
    first = Desk(url, "north")
    roles.grant(first.engine, "owner", "test_admin")
    first.send((0, SessionOp(op="start", session_id="old")), (5, Kill()), (6, SessionOp(op="end")))
    first.send((40 * DAY_S, SessionOp(op="start", session_id="new")), (40 * DAY_S + 5, Kill()))
    first.close()
    with Desk(url.replace("owner@", "test_admin@"), "north") as admin:
        assert admin.editor.edit("old", Correction(build="x")) == "old"
        cutoff = START + 30 * DAY_S
        assert upkeep.prune(admin.engine, cutoff, cutoff).sessions == 1
        assert _months(admin) == 1
        admin.recorder._book.forget_all()
        admin.send((80 * DAY_S, Kill()))
        assert _months(admin) == 2
        assert upkeep.optimize(admin.engine, Path())[0] > 0
        with pytest.raises(EnvironmentFault, match="does not let this user"):
            roles.grant(admin.engine, "analyst", "test_reader")  # making users is the server's administrator's
        admin.editor.delete(["old"])
        admin.assert_sound()


def test_a_session_of_another_machine_is_said_to_be_one(postgres: Server) -> None:
    url = postgres.database()
    north = Desk(url, "north")
    north.send((0, SessionOp(op="start", session_id="old")), (5, Kill()), (6, SessionOp(op="end")))
    north.close()
    with Desk(url, "south") as south:
        with pytest.raises(EnvironmentFault, match="'old' was recorded by another machine"):
            south.editor.delete(["old"])
        with pytest.raises(EnvironmentFault, match="no session 'none'"):
            south.editor.delete(["none"])


def test_an_empty_database_is_told_what_to_do(postgres: Server, tmp_path: Path) -> None:
    home = Home(tmp_path, postgres.database())
    with pytest.raises(EnvironmentFault, match="no tables of CombatLens yet; run: combatlens db upgrade"):
        check_store(home)


def _months(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
        return int(found.scalar_one())


def test_a_server_is_backed_up_before_it_is_brought_up_and_a_newer_one_refused(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home", postgres.database(), "north")
    home.prepare()
    engine = open_postgresql(home.database_url)
    first_schema(engine)
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    assert "kept as" in upgrade_store(home).told()
    (dump,) = home.root.glob("combatlens-before-*.dump")
    assert dump.read_bytes()[:5] == b"PGDMP"
    assert "up to date" in upgrade_store(home).told()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT body FROM documents")).scalar() == "b"
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for work in (lambda: Core(home, what="x"), lambda: check_store(home), lambda: upgrade_store(home)):
        with pytest.raises(EnvironmentFault, match=f"schema 9999, this CombatLens (knows|has) {HEAD_REVISION}"):
            work()
    engine.dispose()
