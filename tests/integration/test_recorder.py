"""The recorder over a real SQLite store: sessions, acknowledgement, rollups equal to a recount, recovery."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from combatlens.adapters.storage.engine import open_postgresql, open_sqlite, upgrade
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.store import SqlStore
from combatlens.domain import fold_view
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import (
    Action,
    Context,
    Event,
    Feedback,
    Kill,
    Loot,
    Mark,
    Occurrence,
    Recorded,
    SessionOp,
    SkillUse,
    XpGain,
    XpReading,
)  # fmt: skip
from combatlens.domain.fold import FoldRules
from combatlens.domain.refold import fold_all
from combatlens.ports import Receipt, SessionQuery, Spool
from combatlens.services.book import SessionBook
from combatlens.services.recorder import RecorderService

START = 1_700_000_000.0
GAP_S = 1800.0


class HandClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return 0.0  # so that nothing is closed behind a test's back


class Bench:
    """A recorder on a database file, driven by a clock that stands still unless it is moved."""

    def __init__(self, path: Path | str, owner: str = "process", machine: str = "", spool: Spool | None = None) -> None:
        """`path`: a SQLite file, or the address of a PostgreSQL database."""
        engine = open_postgresql(path) if isinstance(path, str) else open_sqlite(path)
        upgrade(engine)
        self.engine = engine
        self.store = SqlStore(engine, machine)
        self.history = SqlHistory(engine)
        self.clock = HandClock()
        self.ended: list[str] = []
        book = SessionBook(self.store, FoldRules(), "test", GAP_S, owner)
        self.recorder = RecorderService(
            self.store, book, self.clock, character="player", profile="test", gap_s=GAP_S, spool=spool,
            on_ended=self.ended.append,
        )  # fmt: skip
        self.recovered = self.recorder.recover()
        self.recorder.start()

    def send(self, *timed: tuple[float, Event], source: str = "bot", character: str = "") -> Receipt:
        batch = [Occurrence(event, START + at, source, 1.0 if source == "log" else 0.0) for at, event in timed]
        self.clock.time = max(self.clock.time, START + max((at for at, _ in timed), default=0))
        return self.recorder.submit(batch, character=character).result(10)

    def sessions(self) -> list[tuple[str, float, float | None, str]]:
        return [
            (h.session_id, h.start - START, None if h.end is None else h.end - START, h.state)
            for h in self.store.heads()
        ]

    def faults(self) -> list[str]:
        """Where the kept figures differ from a recount."""
        return [
            told for head in self.store.heads() for told in differences(self.store, self.history, head, FoldRules())
        ]

    def assert_sound(self) -> None:
        assert self.faults() == []

    def close(self) -> None:
        self.recorder.stop()
        self.store.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "store.db")
    yield made
    made.close()


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


@pytest.mark.expected_errors("nothing of")
def test_what_a_failed_commit_had_loose_is_not_adopted_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise EnvironmentFault("the disk is full", "free some space")

    with monkeypatch.context() as patch:
        patch.setattr(bench.store._events, "insert", full)
        with pytest.raises(EnvironmentFault, match="the disk is full"):
            bench.send((0, Loot(item="hide", value=7)))
    bench.send((1, Kill()))
    assert bench.history.sessions(SessionQuery()).rows[0].kills == 1
    assert bench.history.summary(bench.store.heads()[0].session_id).loot_value == 0
    bench.assert_sound()


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


def test_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    timed: list[tuple[float, Event]] = [
        (0, Kill(xp=5)),
        (30, SkillUse(skill="a", damage=3)),
        (5000, Kill()),
        (5010, Kill()),
    ]
    seen = []
    for number, order in enumerate(itertools.permutations(timed)):
        bench = Bench(tmp_path / f"{number}.db")
        for one in order:
            bench.send(one)
        bench.clock.time = START + 20_000
        bench.recorder.finish_past().result(10)
        bench.assert_sound()
        seen.append([(start, end) for _, start, end, _ in bench.sessions()])
        bench.close()
    assert all(found == [(0, 30), (5000, 5010)] for found in seen)


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
def test_a_failed_commit_is_told_and_leaves_nothing_half_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.send((0, Kill(xp=5)))

    def full(*_: object) -> None:
        raise EnvironmentFault("the disk is full", "free some space")

    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "_write_session", full)
        with pytest.raises(EnvironmentFault, match="the disk is full"):
            bench.send((1, Kill(xp=5)))
    bench.send((2, Kill(xp=5)))
    assert bench.history.sessions(SessionQuery()).rows[0].total_xp_gained == 10
    bench.assert_sound()


def test_the_live_snapshot_is_the_fold_of_the_store(bench: Bench) -> None:
    bench.send(*[(n / 2, SkillUse(skill="ab"[n % 2], damage=float(n), target="rat")) for n in range(300)])
    bench.send(*[(n / 2, Kill(target="rat")) for n in range(0, 300, 20)], source="log")
    head = bench.store.heads()[0]
    live = bench.recorder.snapshot_now("player")
    fold = fold_all(
        bench.store.records(head.session_id), bench.store.links(head.session_id), head.start, "player", FoldRules()
    )
    assert live == fold_view.snapshot(fold, head.session_id, "test", bench.clock.now())


events = st.one_of(
    st.builds(
        SkillUse, skill=st.sampled_from(["a", "b"]), damage=st.sampled_from([0.0, 5.0]),
        target=st.sampled_from([None, "rat"]),
    ),
    st.builds(Kill, xp=st.sampled_from([0.0, 10.0]), target=st.sampled_from([None, "rat"])),
    st.builds(XpReading, value=st.integers(0, 99).map(float)),
    st.builds(XpGain, amount=st.just(10.0)),
    st.builds(Context, zone=st.sampled_from(["Naboo", "Lok"])),
    st.builds(Feedback, rating=st.integers(1, 5)),
    st.builds(SessionOp, op=st.sampled_from(["start", "pause", "resume", "end"])),
)  # fmt: skip
batches = st.lists(
    st.tuples(
        st.sampled_from(["bot", "log", "screen", "hotkey"]),
        st.lists(st.tuples(st.integers(0, 900).map(lambda n: n * 13.7), events), min_size=1, max_size=6),
    ),
    max_size=12,
)


@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches)
def test_rollups_always_equal_a_recount(tmp_path_factory: pytest.TempPathFactory, batches: Sequence) -> None:  # type: ignore[type-arg]
    bench = Bench(tmp_path_factory.mktemp("store") / "store.db")
    try:
        sent = accepted = 0
        for source, timed in batches:
            receipt = bench.send(*timed, source=source)
            sent += len(timed)
            accepted += receipt.accepted + len(receipt.rejected)
            bench.assert_sound()
        bench.recorder.call(bench.recorder.end_all).result(10)
        bench.assert_sound()
        assert sent == accepted
        open_ones = [head for head in bench.store.heads() if head.end is None]
        assert open_ones == []
    finally:
        bench.close()


def test_a_log_repeated_in_the_past_is_told_anew_once_and_not_with_every_batch(tmp_path: Path) -> None:
    """The same hour again and again, as in a log appended to itself: rollups are made good at the end."""
    bench = Bench(tmp_path / "store.db")
    bench.clock.time = START + 1e6
    asked: list[str] = []
    records = bench.store.records

    def counted(session_id: str) -> list[Recorded]:
        asked.append(session_id)
        return records(session_id)

    bench.store.records = counted  # type: ignore[method-assign]
    for turn in range(6):
        for part in range(0, 8000, 1000):
            hits = [
                (part / 5 + n / 5, SkillUse(id=f"{turn}-{part}-{n}", skill="a", damage=1, target="rat"))
                for n in range(1000)
            ]
            bench.send(*hits, source="log")
    assert len(asked) == 1
    assert not bench.ended
    bench.recorder.finish_past().result(60)
    assert len(asked) == 2
    ((_, start, end, state),) = bench.sessions()
    assert (start, end, state) == (0, pytest.approx(7999 / 5), "completed")
    summary = bench.history.summary(bench.ended[0])
    assert (summary.own_damage, summary.events) == (48_000, 48_000)
    bench.assert_sound()
    bench.close()


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
