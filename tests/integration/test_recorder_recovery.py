"""What fails or is killed half-way: told, left whole, and taken up again by the next start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.desk import START, Bench

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Loot, Occurrence, SessionOp, SkillUse, XpGain
from combatlens.ports import SessionQuery


@contextmanager
def full_disk(part: object, method: str) -> Iterator[None]:
    """What this part of the store writes meets a full disk."""

    def full(*_: object) -> None:
        raise EnvironmentFault("the disk is full", "free some space")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, method, full)
        yield


@pytest.mark.expected_errors("nothing of")
def test_what_a_failed_commit_had_loose_is_not_adopted_later(bench: Bench) -> None:
    with full_disk(bench.store._events, "record_few"), pytest.raises(EnvironmentFault, match="the disk is full"):
        bench.send((0, Loot(item="hide", value=7)))
    bench.send((1, Kill()))
    assert bench.history.sessions(SessionQuery()).rows[0].kills == 1
    assert bench.history.summary(bench.store.heads()[0].session_id).loot_value == 0
    bench.assert_sound()


@pytest.mark.expected_errors("nothing of")
def test_what_was_to_follow_a_failed_batch_fails_with_it(bench: Bench) -> None:
    """Of a log taken in batch by batch, no later one begins a session of its own behind a hole."""

    with full_disk(bench.store._events, "record_few"):
        first = bench.recorder.submit([Occurrence(Kill(), START, "log")])
        assert isinstance(first.exception(10), EnvironmentFault)
    second = bench.recorder.submit([Occurrence(Kill(), START + 9000, "log")], after=first)
    assert second.exception(10) is first.exception()
    third = bench.recorder.submit([Occurrence(Kill(), START, "log")])
    fourth = bench.recorder.submit([Occurrence(Kill(), START + 60, "log")], after=third)
    assert fourth.result(10).accepted == 1
    assert [row.kills for row in bench.history.sessions(SessionQuery()).rows] == [2]
    bench.assert_sound()


def test_a_session_left_open_by_a_crash_is_recovered_as_error(tmp_path: Path) -> None:
    first = Bench(tmp_path / "store.db")
    first.send((0, SessionOp(op="start", session_id="lost")), (50, Kill(xp=5)))
    first.store.close()  # as after kill -9: nothing is told, nothing is ended
    second = Bench(tmp_path / "store.db")
    assert second.recovered == ["lost"]
    assert second.sessions() == [("lost", 0, 50, "error")]
    second.assert_sound()
    second.close()
    first.recorder.stop()


def test_a_session_broken_off_by_a_crash_goes_on_with_whatever_comes_first(tmp_path: Path) -> None:
    first = Bench(tmp_path / "store.db")
    first.send((0, SessionOp(op="start", session_id="lost")), (50, Kill()))
    first.store.close()
    second = Bench(tmp_path / "store.db")
    second.clock.time = START + 55
    second.send((60, Loot(item="hide", value=7)), (61, XpGain(amount=5)))
    assert second.history.summary("lost").loot_value == 7
    assert second.history.summary("lost").total_xp_gained == 5
    second.close()
    first.recorder.stop()


def test_a_scripts_session_goes_on_in_the_next_process(tmp_path: Path) -> None:
    first = Bench(tmp_path / "store.db", owner="script")
    first.send((0, SessionOp(op="start", session_id="by-script")))
    first.close()
    second = Bench(tmp_path / "store.db", owner="script")
    assert second.recovered == []
    receipt = second.send((60, Kill()), (61, SessionOp(op="end")))
    assert receipt.session_id == "by-script"
    assert second.sessions() == [("by-script", 0, 61, "completed")]
    second.close()


@pytest.mark.expected_errors("nothing of")
def test_a_failed_commit_is_told_and_leaves_nothing_half_done(bench: Bench) -> None:
    bench.send((0, Kill(xp=5)))

    with full_disk(bench.store._sessions, "write"), pytest.raises(EnvironmentFault, match="the disk is full"):
        bench.send((1, Kill(xp=5)))
    bench.send((2, Kill(xp=5)))
    assert bench.history.sessions(SessionQuery()).rows[0].total_xp_gained == 10
    bench.assert_sound()


def test_what_was_to_be_told_anew_when_it_broke_off_is_told_by_the_next_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "store.db")
    bench.clock.time = START + 1e6
    for turn in range(3):
        for part in range(0, 8000, 1000):
            bench.send(*((part + n, SkillUse(id=f"{turn}-{part}-{n}", skill="a", damage=1)) for n in range(1000)))
    bench.store.close()  # as if it were killed
    again = Bench(tmp_path / "store.db")
    assert len(again.recovered) == 1
    assert again.history.summary(again.recovered[0]).own_damage == 24_000
    again.assert_sound()
    again.close()
    bench.recorder.stop()
