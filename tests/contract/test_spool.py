"""When the database server is away, recording goes on into the spool, and everything arrives exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.desk import Bench
from tests.postgres import Server

from combatlens.adapters.spool import FileSpool
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Context, Event, Kill, Recorded, SessionOp, SkillUse, XpReading
from combatlens.ports import RowRefused, SessionQuery, StoreAway
from combatlens.services.delivery import RETRY_S

pytestmark = pytest.mark.expected_errors("waits in the spool|one by one|as refused")


class Remote(Bench):
    """A bench on a server, with a spool; `monotonic` moves by hand."""

    def __init__(self, url: str, spool: FileSpool) -> None:
        super().__init__(url, machine="north", spool=spool)
        self.spool = spool

    def try_again(self) -> None:
        self.clock.waited += RETRY_S
        self.recorder.call(self.recorder._deliver).result(30)


@pytest.fixture
def remote(postgres: Server, tmp_path: Path) -> Iterator[Remote]:
    spool = FileSpool(tmp_path / "spool.db")
    made = Remote(postgres.database(), spool)
    yield made
    made.close()
    spool.close()


def test_nothing_is_lost_while_the_server_restarts(remote: Remote, postgres: Server) -> None:
    remote.send((0, Kill(xp=1, id="a")), (1, XpReading(value=5)))
    name = remote.store.heads()[0].session_id
    postgres.stop()
    try:
        assert remote.send((2, Kill(xp=1)), (3, Kill(xp=1, id="b"))).accepted == 2
        assert remote.send((4, Kill(xp=1))).accepted == 1
        assert len(remote.spool) == 3
        remote.try_again()
        assert len(remote.spool) == 3
        assert isinstance(remote.recorder.fault, StoreAway)
    finally:
        postgres.start()
    remote.try_again()
    assert len(remote.spool) == 0
    assert remote.recorder.fault is None
    assert remote.send((5, Kill(xp=1)), (3, Kill(xp=1, id="b"))).duplicates == 1
    assert remote.history.summary(name).kills == 5
    snapshot = remote.recorder.snapshot_now("player")
    assert snapshot is not None
    assert snapshot.kills == 5
    remote.assert_sound()


def test_what_an_earlier_program_left_arrives_before_what_a_short_one_records(postgres: Server, tmp_path: Path) -> None:
    url = postgres.database()
    spool = FileSpool(tmp_path / "spool.db")
    before = Remote(url, spool)
    before.send((0, Kill(xp=1)))
    postgres.stop()
    try:
        before.send((1, Kill(xp=1)))
        before.close()
    finally:
        postgres.start()
    assert len(spool) == 1
    after = Remote(url, spool)  # its clock stands: no moment to try again comes
    try:
        after.send((2, Kill(xp=1)))
        assert len(spool) == 0
        assert after.history.sessions(SessionQuery()).rows[0].kills == 3
        after.assert_sound()
    finally:
        after.close()
        spool.close()


def test_a_commit_whose_answer_was_lost_counts_once(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    write = remote.store.write

    def lost(records: Sequence[Recorded], *told: Any) -> None:
        write(records, *told)
        raise StoreAway("the line broke", "")

    with monkeypatch.context() as patch:
        patch.setattr(remote.store, "write", lost)
        remote.send((0, Kill(xp=1)), (1, Kill(xp=1)))
        remote.send((2, Kill(xp=1)))
        remote.try_again()  # delivered, and the answer is lost again
    assert len(remote.spool) == 3
    remote.try_again()
    assert len(remote.spool) == 0
    assert remote.history.sessions(SessionQuery()).rows[0].kills == 3
    remote.assert_sound()


def _away(*_: object) -> None:
    raise StoreAway("gone", "")


@pytest.mark.parametrize("half_way", [0, 5, 9])
def test_the_live_picture_goes_on(remote: Remote, monkeypatch: pytest.MonkeyPatch, half_way: int) -> None:
    """It is the one that there is once everything has arrived."""
    play: list[tuple[float, Event]] = [
        (0, XpReading(value=5)), (1, SessionOp(op="start", session_id="one", build="bow")), (2, Kill(id="a", xp=7)),
        (3, SkillUse(skill="a", damage=9)), (4, SessionOp(op="pause")), (5, Kill(xp=1)), (6, SessionOp(op="resume")),
        (7, XpReading(value=50)), (7, Kill(xp=2)), (8, SkillUse(skill="b", damage=1)), (9, Context(zone="Lok")),
    ]  # fmt: skip
    remote.send(*play[:half_way])
    with monkeypatch.context() as patch:
        for name in ("write", "known_ids", "heads", "loose_records", "is_taken", "known_numbers"):
            patch.setattr(remote.store, name, _away)
        for one in play[half_way:]:
            remote.send(one)
        if half_way:
            assert remote.send((10, Kill(id="a", xp=7)), (11, Kill(id="a", xp=7))).accepted == 2
        away = remote.recorder.snapshot_now("player")
        remote.try_again()
        assert len(remote.spool) > 0
    remote.try_again()
    assert len(remote.spool) == 0
    there = remote.recorder.snapshot_now("player")
    assert away is not None
    assert there is not None
    for name in ("session_id", "kills", "state", "damage_dealt", "build", "zone", "xp_value", "xp_gained"):
        assert getattr(away, name) == getattr(there, name), name
    remote.assert_sound()


def test_a_quit_while_the_server_is_away_ends_the_session_in_order(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.send((0, SessionOp(op="start", session_id="one")), (5, Kill()))
    with monkeypatch.context() as patch:
        patch.setattr(remote.store, "write", _away)
        remote.send((9, Kill()))
        remote.recorder.call(remote.recorder.end_all).result(10)
    remote.try_again()
    assert remote.sessions() == [("one", 0, 9, "completed")]
    remote.assert_sound()


def test_an_event_that_the_store_never_takes_does_not_hold_up_the_others(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = remote.store.write

    def refusing(records: Sequence[Recorded], *told: Any) -> None:
        if any(isinstance(r.event, Kill) and r.event.target == "poison" for r in records):
            raise RowRefused("the database refused a row", "")
        write(records, *told)

    with monkeypatch.context() as patch:
        patch.setattr(remote.store, "write", _away)
        remote.send((0, Kill(xp=1)), (1, Kill(target="poison")), (2, Kill(xp=1)))
        patch.setattr(remote.store, "write", refusing)
        remote.try_again()
    assert len(remote.spool) == 0
    assert remote.history.sessions(SessionQuery()).rows[0].kills == 2
    assert remote.recorder.fault is None
    remote.assert_sound()


def test_a_full_disk_meanwhile_is_told_and_nothing_is_acknowledged(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.send((0, Kill()))
    with monkeypatch.context() as patch:
        patch.setattr(remote.store, "write", _away)
        remote.send((1, Kill()))
        pages = remote.spool._open().execute("PRAGMA page_count").fetchone()[0]
        remote.spool._open().execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(EnvironmentFault, match=r"spool cannot be used: .*full; check the disk"):
            remote.send(*[(n, Kill(target="x" * 100)) for n in range(200)])
        remote.spool._open().execute("PRAGMA max_page_count = 100000")
        assert remote.send((3, Kill())).accepted == 1
        snapshot = remote.recorder.snapshot_now("player")
        assert snapshot is not None
        assert snapshot.kills == 3
    remote.try_again()
    assert remote.history.sessions(SessionQuery()).rows[0].kills == 3
    remote.assert_sound()


def test_what_waits_outlives_the_program(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.database()
    spool = FileSpool(tmp_path / "spool.db")
    first = Remote(url, spool)

    def away(*_: object) -> None:
        raise StoreAway("gone", "")

    with monkeypatch.context() as patch:
        patch.setattr(first.store, "write", away)
        first.send((0, SessionOp(op="start", session_id="one")), (1, Kill()))
        first.close()
    spool.close()
    second = Remote(url, FileSpool(tmp_path / "spool.db"))
    second.send((2, Kill()))
    assert len(second.spool) == 0
    assert [name for name, *_ in second.sessions()] == ["one"]
    assert second.history.summary("one").kills == 2
    second.close()
    second.spool.close()
