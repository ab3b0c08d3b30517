"""When the database server is away, recording goes on into the spool, and everything arrives exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_recorder import Bench
from tests.postgres import Server

from combatlens.adapters.spool import FileSpool
from combatlens.domain.events import Kill, Recorded, SessionOp, XpReading
from combatlens.ports import SessionQuery, StoreAway
from combatlens.services.delivery import RETRY_S

pytestmark = pytest.mark.expected_errors("waits in the spool")


class Remote(Bench):
    """A bench on a server, with a spool; `monotonic` moves by hand."""

    def __init__(self, url: str, spool: FileSpool) -> None:
        super().__init__(url, machine="north", spool=spool)
        self.spool = spool
        self.waited = 0.0
        self.clock.monotonic = lambda: self.waited  # type: ignore[method-assign]

    def try_again(self) -> None:
        self.waited += RETRY_S
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


def test_a_commit_whose_answer_was_lost_counts_once(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    write = remote.store.write

    def lost(records: Sequence[Recorded], changes: Sequence[Any]) -> None:
        write(records, changes)
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
    assert len(second.spool) == 3
    second.try_again()
    assert [name for name, *_ in second.sessions()] == ["one"]
    assert second.history.summary("one").kills == 2
    second.close()
    second.spool.close()
