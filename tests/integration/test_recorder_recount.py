"""The live figures and the kept ones equal a recount of the events, in whatever order those came."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.desk import START, Bench, Desk

from combatlens.adapters.storage import stored
from combatlens.domain import fold_view
from combatlens.domain.events import Context, Event, Feedback, Kill, Recorded, SessionOp, SkillUse, XpGain, XpReading
from combatlens.domain.fold import FoldRules
from combatlens.domain.refold import CHECKPOINT_EVERY, fold_all
from combatlens.services.corrections import Correction


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


@pytest.mark.parametrize("part", [stored.PART, 3])
@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches)
def test_rollups_always_equal_a_recount(
    tmp_path_factory: pytest.TempPathFactory, part: int, batches: Sequence[Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "PART", part)
        bench = Bench(tmp_path_factory.mktemp("store") / "store.db")
        try:
            sent = accepted = 0
            for source, timed in batches:
                receipt = bench.send(*timed, source=source)
                sent += len(timed)
                accepted += receipt.accepted + len(receipt.rejected)
                assert bench.faults() == []
            bench.recorder.call(bench.recorder.end_all).result(10)
            assert bench.faults() == []
            assert sent == accepted
            assert [head for head in bench.store.heads() if head.end is None] == []
        finally:
            bench.close()


def test_a_log_repeated_in_the_past_is_told_anew_once_and_not_with_every_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same hour again and again, as in a log appended to itself: rollups are made good at the end."""
    bench = Bench(tmp_path / "store.db")
    bench.clock.time = START + 1e6
    asked: list[str] = []
    parts = bench.store.parts

    def counted(session_id: str) -> Iterator[list[Recorded]]:
        asked.append(session_id)
        return parts(session_id)

    monkeypatch.setattr(bench.store, "parts", counted)
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


def test_a_late_event_makes_play_of_the_idle_minutes_before_it(bench: Bench) -> None:
    bench.send(*[(n / 10, Kill(target="rat")) for n in range(CHECKPOINT_EVERY)], (1500, Kill(target="rat")))
    bench.send((250, Kill(target="rat")))  # so early that nothing was idle until then
    _assert_played_through(bench)


def test_a_late_first_event_makes_play_of_the_minutes_since_a_corrected_start(tmp_path: Path) -> None:
    with Desk(tmp_path / "late.db") as desk:
        desk.send((1500, Kill(target="rat")))
        desk.editor.edit(desk.sessions()[0][0], Correction(start=START))
        desk.send((250, Kill(target="rat")))
        _assert_played_through(desk)


def _assert_played_through(bench: Bench) -> None:
    bench.assert_sound()
    minutes = bench.history.detail(bench.sessions()[0][0]).minutes
    assert [minute.active_s for minute in minutes][1:4] == [60.0] * 3
