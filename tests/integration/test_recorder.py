"""The recorder over a real SQLite store: acknowledgement, and which session an event belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.desk import START, Bench

from combatlens.domain.events import (
    Action,
    Context,
    Event,
    Feedback,
    Kill,
    Loot,
    Mark,
    SessionOp,
    SkillUse,
    XpGain,
    XpReading,
)  # fmt: skip
from combatlens.ports import SessionQuery


def test_the_answer_comes_after_the_commit(bench: Bench) -> None:
    receipt = bench.send((0, SkillUse(skill="a", damage=5)))
    assert (receipt.accepted, receipt.duplicates, receipt.rejected) == (1, 0, ())
    assert receipt.session_id == f"session_{int(START)}"
    assert len(bench.store.records(receipt.session_id)) == 1


def test_the_same_id_counts_once(bench: Bench) -> None:
    bench.send((0, Kill(id="k1")))
    receipt = bench.send((0, Kill(id="k1")), (1, Kill(id="k2")), (2, Kill(id="k2")))
    assert (receipt.accepted, receipt.duplicates) == (1, 2)
    assert bench.history.sessions(SessionQuery()).rows[0].kills == 2


def test_a_session_goes_on_within_the_gap_and_ends_at_its_last_event(bench: Bench) -> None:
    bench.send((0, Kill()), (1700, Kill()), (1700 + 1800, Kill()))
    bench.send((1700 + 3601 + 1800, Kill()))
    bench.clock.time += 10
    bench.recorder.finish_past().result(10)
    assert [(start, end) for _, start, end, _ in bench.sessions()] == [(0, 3500), (7101, None)]


def test_readings_and_context_open_no_session_but_are_taken_into_the_next(bench: Bench) -> None:
    receipt = bench.send((0, XpReading(value=100)), (1, Context(zone="Naboo")), (2, XpReading(value=110)))
    assert (receipt.accepted, receipt.session_id) == (3, None)
    bench.send((5, Kill(xp=20)), (6, XpReading(value=130)))
    row = bench.history.sessions(SessionQuery()).rows[0]
    assert (row.zone, row.total_xp_gained, row.start_time) == ("Naboo", 20, START + 5)
    bench.assert_sound()


@pytest.mark.parametrize("event", [Kill(), SkillUse(skill="a"), Action(name="travel")])
def test_what_opens_a_session(bench: Bench, event: Event) -> None:
    assert bench.send((0, event)).session_id is not None


def test_a_start_ends_the_open_session(bench: Bench) -> None:
    bench.send((0, SessionOp(op="start", session_id="one", build="x")), (10, Kill()))
    bench.send((60, SessionOp(op="start", session_id="two")), (70, Kill()), (80, SessionOp(op="end")))
    assert bench.sessions() == [("one", 0, 60, "completed"), ("two", 60, 80, "completed")]
    assert bench.ended == ["one", "two"]
    bench.assert_sound()


@pytest.mark.parametrize("at", [0, 5, 10])
def test_a_start_told_late_takes_over_the_events_of_its_session(bench: Bench, at: float) -> None:
    bench.send((10, Kill(xp=5)), (20, SkillUse(skill="a", damage=7)), source="log")
    bench.send((at, SessionOp(op="start", session_id="one", build="bow")), (30, Kill(xp=5)))
    assert [(start, end) for _, start, end, _ in bench.sessions()] == [(at, None)]
    row = bench.history.sessions(SessionQuery()).rows[0]
    assert (row.kills, row.build, row.total_xp_gained) == (2, "bow", 10)
    bench.assert_sound()


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("in_one", [True, False])
def test_a_start_told_late_parts_the_session_that_went_on(bench: Bench, ended: bool, in_one: bool) -> None:
    before: list[tuple[float, Event]] = [
        (0, Kill(xp=1)), (10, Kill(xp=2, target="rat")), (40, Kill(xp=4)), (50, XpGain(amount=8)),
    ]  # fmt: skip
    late: list[tuple[float, Event]] = [(30, SessionOp(op="start", session_id="two"))]
    if ended:
        before.append((60, SessionOp(op="end")))
    bench.send((10.5, Kill(target="rat")), source="log")  # the same kill, seen by another source
    for part in [before + late] if in_one else [before, late]:
        bench.send(*part)
    sessions = bench.sessions()
    assert [(start, end) for _, start, end, _ in sessions] == [(0, 30), (30, 60 if ended else None)]
    assert sessions[1][0] == "two"
    rows = {row.session_id: row for row in bench.history.sessions(SessionQuery()).rows}
    assert [(rows[name].kills, rows[name].total_xp_gained) for name, *_ in sessions] == [(2, 3), (1, 12)]
    bench.assert_sound()
    bench.send((70, Kill()))
    assert bench.history.summary("two").kills == 2
    bench.assert_sound()


def test_a_start_told_twice_begins_one_session(bench: Bench) -> None:
    bench.send((0, SessionOp(op="start", session_id="one")), (10, Kill()), (20, SessionOp(op="end")), (25, Kill()))
    bench.send((0, SessionOp(op="start")))
    assert [(name, start) for name, start, _, _ in bench.sessions()] == [("one", 0)]
    assert bench.history.summary("one").kills == 2
    bench.assert_sound()


def test_a_start_of_the_past_leaves_the_session_of_today_alone(bench: Bench) -> None:
    bench.send((90_000, SessionOp(op="start", session_id="today")), (90_010, Kill()))
    bench.send((0, SessionOp(op="start", session_id="yesterday")), (10, Kill()), (20, SessionOp(op="end")))
    bench.send((90_020, Kill()))
    assert bench.sessions() == [("yesterday", 0, 20, "completed"), ("today", 90_000, None, "active")]
    assert bench.history.summary("today").kills == 2
    bench.assert_sound()


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("fight_at", [200, 120])
def test_what_came_between_an_end_and_the_fight_that_goes_on_counts(
    tmp_path: Path, restarted: bool, fight_at: float
) -> None:
    bench = Bench(tmp_path / "store.db")
    bench.send((0, SessionOp(op="start", session_id="one")), (50, Kill()))
    bench.recorder.call(bench.recorder.end_all).result(10)
    if restarted:
        bench.close()
        bench = Bench(tmp_path / "store.db")
    bench.clock.time = START + 100
    bench.send((110, Loot(item="hide", value=7)), (120, XpGain(amount=5)), (130, XpReading(value=10)))
    assert bench.history.summary("one").loot_value == 0
    if restarted:
        bench.close()
        bench = Bench(tmp_path / "store.db")
    bench.send((fight_at, Kill()), (210, XpReading(value=30)))
    summary = bench.history.summary("one")
    assert (summary.kills, summary.loot_value, summary.total_xp_gained) == (2, 7, 25)
    assert [name for name, *_ in bench.sessions()] == ["one"]
    bench.assert_sound()
    bench.close()


def test_an_id_that_was_used_gets_a_number(bench: Bench) -> None:
    for at in (0, 10, 20):
        bench.send((at, SessionOp(op="start", session_id="again")))
    assert [name for name, *_ in bench.sessions()] == ["again", "again-2", "again-3"]


def test_pause_without_a_session_is_refused_in_words(bench: Bench) -> None:
    receipt = bench.send((0, SessionOp(op="pause")), (1, Mark(label="x")))
    assert receipt.accepted == 1
    assert receipt.rejected[0].index == 0
    assert "no open session" in receipt.rejected[0].error


def test_characters_have_sessions_of_their_own(bench: Bench) -> None:
    bench.send((0, Kill(character="Ann")), (1, Kill(character="Ben")), (2, Kill()))
    assert {h.character for h in bench.store.heads()} == {"Ann", "Ben", "player"}


def test_a_late_event_joins_the_session_whose_span_holds_it(bench: Bench) -> None:
    bench.send((0, Kill()), (10, SessionOp(op="end")))
    bench.send((4000, Kill()))
    first = bench.sessions()[0][0]
    assert bench.send((5, SkillUse(skill="a", damage=7)), source="log").session_id == first
    assert bench.history.summary(first).total_damage_dealt == 7
    assert bench.sessions()[0][1:] == (0, 10, "completed")
    bench.assert_sound()


def test_an_earlier_event_moves_an_implicit_start(bench: Bench) -> None:
    bench.send((100, Kill()))
    bench.send((40, Kill()))
    assert [(start, end) for _, start, end, _ in bench.sessions()] == [(40, None)]
    bench.assert_sound()


def test_an_ended_session_stays_ended_while_the_screen_is_read_on(bench: Bench) -> None:
    bench.send((0, SessionOp(op="start", session_id="one")), (10, Kill(xp=5)), (20, SessionOp(op="end")))
    receipt = bench.send((21, XpReading(value=100)), (22, Context(zone="Naboo")), (23, XpGain(amount=7)))
    assert (receipt.accepted, receipt.session_id) == (3, None)
    assert bench.sessions() == [("one", 0, 20, "completed")]
    bench.send((60, SessionOp(op="start", session_id="two")), (61, XpReading(value=130)))
    two = bench.history.summary("two")
    assert (two.zone, two.start_xp, two.total_xp_gained) == ("Naboo", 100, 30)
    bench.assert_sound()


def test_fighting_on_within_the_gap_continues_an_ended_session(bench: Bench) -> None:
    bench.send((0, SessionOp(op="start", session_id="one")), (20, SessionOp(op="end")))
    assert bench.send((60, Kill())).session_id == "one"
    assert bench.sessions() == [("one", 0, None, "active")]
    bench.assert_sound()


@pytest.mark.parametrize("by_name", [True, False])
def test_a_rating_after_the_end_joins_without_opening_it_again(bench: Bench, by_name: bool) -> None:
    bench.send((0, SessionOp(op="start", session_id="one")), (10, Kill()))
    if by_name:
        bench.send((20, SessionOp(op="end")))
    else:
        bench.recorder.call(bench.recorder.end_all).result(10)
    before = bench.sessions()
    assert bench.send((200, Feedback(rating=4))).session_id == "one"
    assert bench.sessions() == before
    summary = bench.history.summary("one")
    assert (summary.rating, summary.active_minutes * 60) == (4, 20 if by_name else 10)
    bench.assert_sound()
