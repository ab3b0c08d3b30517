"""The contract of the store, over both engines: SQLite and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import text
from tests.desk import START, Desk
from tests.postgres import Server

from combatlens.adapters.storage.engine import HEAD_REVISION, hold_machine, open_postgresql, revision, upgrade
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Context, Kill, SessionOp, SkillUse, XpReading
from combatlens.ports import SessionQuery, StoreAway
from combatlens.services.corrections import Correction

MONTH_S = 31 * 86_400.0
MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(place: Path | str) -> Iterator[MakeDesk]:
    """Desks on one store; `machine` where several write to it."""
    made: list[Desk] = []

    def make(machine: str = "") -> Desk:
        made.append(Desk(place, machine))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def test_what_is_written_is_read_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    receipt = desk.send(
        (0, SessionOp(op="start", session_id="one", build="Säbel ☠")), (1, SkillUse(skill="a", damage=2**53)),
        (2, Kill(id="k", xp=0.1, target="x" * 200, meta={"deep": [1, {"a": None}]})), (3, XpReading(percent=12.5)),
    )  # fmt: skip
    records = desk.store.records("one")
    assert (receipt.accepted, len(records)) == (4, 4)
    kill = records[2].event
    assert isinstance(kill, Kill)
    assert (kill.xp, kill.meta) == (0.1, {"deep": [1, {"a": None}]})
    assert desk.store.known_ids(["k", "other"]) == {"k"}
    assert desk.history.sessions(SessionQuery(text="säbel")).total in (0, 1)  # SQLite folds only ASCII
    assert desk.history.sessions(SessionQuery(text="%")).total == 0
    desk.assert_sound()


def test_the_same_id_counts_once_and_many_events_are_kept(make_desk: MakeDesk) -> None:
    desk = make_desk()
    batch = [(n / 10, SkillUse(skill="ab"[n % 2], damage=1.0, id=f"e{n}")) for n in range(1500)]
    assert desk.send(*batch).accepted == 1500
    assert desk.send(*batch).duplicates == 1500
    desk.send(*[(n / 10, Kill(target="rat")) for n in range(0, 1500, 100)], source="log")
    desk.assert_sound()


@pytest.mark.parametrize("count", [1, 40])
def test_characters_that_mean_something_to_a_bulk_load_are_text(make_desk: MakeDesk, count: int) -> None:
    desk = make_desk()
    odd = "a\tb\\N\nc\r\\.☠"
    ids = [f"{odd}{n}" for n in range(count)]
    assert desk.send(*[(n, Kill(id=name, target=odd, meta={odd: odd})) for n, name in enumerate(ids)],
                     character=odd).accepted == count  # fmt: skip
    assert desk.store.known_ids(ids) == set(ids)
    (head,) = desk.store.heads(odd)
    found = desk.store.records(head.session_id)
    assert [(r.character, r.event.id) for r in found] == [(odd, name) for name in ids]
    assert all(isinstance(r.event, Kill) and (r.event.target, r.event.meta) == (odd, {odd: odd}) for r in found)


@pytest.mark.expected_errors("deleted in the meantime")
def test_an_event_for_a_session_that_another_program_deleted_is_refused_and_the_next_begins_anew(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk()
    desk.send((0, Kill(id="a")))
    with desk.engine.begin() as connection:
        connection.execute(text("DELETE FROM events"))
        connection.execute(text("DELETE FROM sessions"))
    with pytest.raises(EnvironmentFault, match="deleted in the meantime"):
        desk.send((1, Kill(id="b")))
    assert desk.send((1, Kill(id="b"))).accepted == 1
    assert desk.history.sessions(SessionQuery()).total == 1
    desk.assert_sound()


def test_events_whose_rollups_are_told_later_join_no_session_that_is_gone(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.send((0, Kill(id="a")))
    (head,) = desk.store.heads()
    (known,) = desk.store.records(head.session_id)
    late = structs.replace(known, seq=known.seq + 5000, event=Kill(id="late"), id="late")
    desk.store.write([late], list)
    assert len(desk.store.records(head.session_id)) == 2
    with desk.engine.begin() as connection:
        for table in ("events", "sessions"):
            connection.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(EnvironmentFault):
        desk.store.write([structs.replace(late, seq=late.seq + 1, event=Kill(id="later"), id="later")], list)
    with desk.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 0


def test_a_commit_waits_for_the_server_a_few_times_whatever_it_writes(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    if desk.engine.dialect.name == "sqlite":
        pytest.skip("there is no server to wait for")
    for n in range(8):  # the session is there, and the driver has prepared what is sent again and again
        desk.send((n, SkillUse(skill="a", damage=1, target="rat", id=f"first{n}")))
    writer = desk.store._writing._open
    assert writer is not None
    driver: Any = writer.connection.driver_connection
    with (tmp_path / "trace").open("wb") as trace:
        driver.pgconn.trace(trace.fileno())
        skills = [SkillUse(skill="abcdefghi"[n], damage=1, target=f"rat {n}", id=f"x{n}") for n in range(9)]
        desk.send(*[(n + 10, skill) for n, skill in enumerate(skills)])
        driver.pgconn.untrace()
    assert (tmp_path / "trace").read_text(errors="replace").count("ReadyForQuery") <= 3
    desk.assert_sound()


def test_a_session_over_the_end_of_a_month(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for month in range(3):
        desk.send((month * MONTH_S, Kill()), (month * MONTH_S + 5, SkillUse(skill="a", damage=1)))
    assert desk.history.sessions(SessionQuery()).total == 3
    desk.assert_sound()


def test_corrections(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.send((0, Context(zone="Lok")), (1, SessionOp(op="start", session_id="one")), (2, Kill(id="wrong")),
              (3, Kill(), ), (50, Kill()), (60, SessionOp(op="end")))  # fmt: skip
    desk.editor.edit("one", Correction(remove=(desk.seq_of("one", Kill),), rating=5, start=START - MONTH_S))
    assert desk.send((2, Kill(id="wrong"))).duplicates == 1
    second = desk.editor.split("one", START + 40)
    desk.editor.merge(["one", second])
    summary = desk.history.summary("one")
    assert (summary.kills, summary.rating) == (2, 5)
    desk.assert_sound()
    desk.editor.delete(["one"])
    assert desk.actions() == ["edit", "split", "merge", "delete"]


def test_a_deleted_sessions_events_may_come_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.send((0, Kill(id="k")), (1, SessionOp(op="end")))
    desk.editor.delete([desk.store.heads()[0].session_id])
    assert desk.send((0, Kill(id="k"))).accepted == 1


def test_documents(make_desk: MakeDesk) -> None:
    store = make_desk().store
    store.put_document("a", "1")
    store.put_document("a", "2")
    assert store.document("a") == "2"
    store.put_document("a", None)
    assert store.document("a") is None


def test_a_refused_row_leaves_nothing_behind(make_desk: MakeDesk, caplog: pytest.LogCaptureFixture) -> None:
    desk = make_desk()
    desk.send((0, Kill()))
    before = desk.store.records(desk.store.heads()[0].session_id)
    with pytest.raises(EnvironmentFault, match="refused a row"):
        desk.store.write(before, list)
    assert desk.store.records(desk.store.heads()[0].session_id) == before


def test_machines_share_one_history(postgres: Server) -> None:
    url = postgres.database()
    north, south = Desk(url, "north"), Desk(url, "south")
    try:
        for desk in (north, south, north):
            for n in range(3):
                desk.send((n, Kill(xp=1)))
        assert len({r.seq for d in (north, south) for h in d.store.heads() for r in d.store.records(h.session_id)}) == 9
        assert [len(d.store.heads()) for d in (north, south)] == [1, 1]
        assert north.history.sessions(SessionQuery()).total == 2
        north.assert_sound()
        south.assert_sound()
        assert Desk.recovered_by(url, "south") == [south.store.heads()[0].session_id]
        assert north.store.heads()[0].end is None
    finally:
        north.close()
        south.close()


def test_two_machines_that_begin_in_the_same_second_get_two_names(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    north, south = Desk(url, "north"), Desk(url, "south")
    try:
        seen: list[str] = []  # by south, which looks before north has committed
        monkeypatch.setattr(south.store, "is_taken", _blind_once(south.store.is_taken, seen, False))
        assert north.send((0, Kill(id="a"))).session_id == "session_1700000000"
        assert south.send((0, Kill(id="b"))).session_id == "session_1700000000-2"
        assert seen
        south.assert_sound()
    finally:
        north.close()
        south.close()


@pytest.mark.parametrize("count", [1, 40, 1500])
def test_an_event_that_two_machines_send_at_once_counts_once(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    url = postgres.database()
    north, south = Desk(url, "north"), Desk(url, "south")
    try:
        batch = [(n / 10, SkillUse(skill="a", damage=1.0, id=f"e{n}")) for n in range(count)]
        south.send((0, Kill(xp=1)))
        south.send((0.1, Kill(xp=1)))
        seen: list[str] = []
        monkeypatch.setattr(south.store, "known_ids", _blind_once(south.store.known_ids, seen, set()))
        assert north.send(*batch).accepted == count
        told = south.send(*batch, (1.0, Kill(id="own")))
        assert (told.accepted, told.duplicates) == (1, count)
        assert seen
        south.assert_sound()
        with south.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM events")).scalar() == count + 3
    finally:
        north.close()
        south.close()


def _blind_once(look: Callable[[Any], Any], seen: list[Any], nothing: Any) -> Callable[[Any], Any]:
    def looked(asked: Any) -> Any:
        if not seen:
            seen.append(asked)
            return nothing
        return look(asked)

    return looked


@pytest.mark.expected_errors("nothing of 1 submissions was kept")
def test_nothing_of_many_events_stays_when_what_follows_from_them_fails(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk()
    desk.send((0, Kill()))
    batch = [(n / 10, SkillUse(skill="ab"[n % 2], damage=1.0, id=f"e{n}")) for n in range(1500)]

    def fail(_session: object) -> None:
        raise EnvironmentFault("the fold was broken off", "")

    with monkeypatch.context() as patch:
        patch.setattr(desk.recorder._book, "change", fail)
        with pytest.raises(EnvironmentFault, match="broken off"):
            desk.send(*batch)
    assert desk.store.known_ids([f"e{n}" for n in range(1500)]) == set()
    assert desk.send(*batch).accepted == 1500
    desk.assert_sound()


def test_one_program_writes_for_a_machine(postgres: Server) -> None:
    engine = open_postgresql(postgres.database())
    held = hold_machine(engine, "north")
    assert held is not None
    with pytest.raises(EnvironmentFault, match="machine 'north'"):
        hold_machine(engine, "north")
    held.close()
    engine.dispose()


def test_the_server_that_is_away_is_told_of(postgres: Server) -> None:
    engine = open_postgresql("postgresql://nobody@/none?host=/nonexistent")
    with pytest.raises(StoreAway, match="does not answer"):
        revision(engine)
    with pytest.raises(EnvironmentFault, match="postgresql://"):
        open_postgresql("mysql://x/y")
    engine.dispose()


def test_events_are_partitioned_by_month(postgres: Server) -> None:
    desk = Desk(postgres.database(), "north")
    try:
        desk.send((0, Kill()), (MONTH_S, Kill()))
        with desk.engine.connect() as connection:
            found = connection.execute(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"))
            assert set(found.scalars()) == {"events_2023_11", "events_2023_12"}
        assert upgrade(desk.engine) is False
        assert revision(desk.engine) == HEAD_REVISION
    finally:
        desk.close()
