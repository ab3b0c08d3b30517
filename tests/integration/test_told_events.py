"""Events of a log in columns are recorded exactly as the same events one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.desk import GAP_S, START, Bench

from combatlens.domain.events import (
    Context,
    DamageTaken,
    Event,
    Feedback,
    Heal,
    Kill,
    Occurrence,
    Recorded,
    SessionOp,
    SkillUse,
    ToldEvents,
    plain_event,
)  # fmt: skip
from combatlens.ports import Receipt

KINDS: tuple[Event, ...] = (
    SkillUse(skill="bite", damage=5, target="rat"), DamageTaken(amount=3, source="rat"), Kill(target="rat"),
    Heal(amount=2), Context(zone="mill"), Kill(character="Other"), SessionOp(op="end"), Feedback(rating=4),
)  # fmt: skip
steps = st.tuples(
    st.sampled_from(KINDS[:4] * 4 + KINDS),
    st.sampled_from((0.0, 0.0, 0.1, 1.0, 1.0, 60.0, GAP_S, GAP_S + 1, -5.0, -GAP_S - 10)),
    st.integers(0, 400),
)


def _submit(bench: Bench, batch: list[Occurrence] | ToldEvents) -> Receipt:
    return bench.recorder.submit(batch).result(10)


def _stored(bench: Bench) -> list[tuple[str, float, float | None, list[Recorded]]]:
    return [(h.session_id, h.start, h.end, bench.store.records(h.session_id)) for h in bench.store.heads()]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(steps, max_size=30), min_size=1, max_size=4))
def test_columns_are_recorded_as_occurrences_are(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[Event, float, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    with Bench(folder / "columns.db") as columns, Bench(folder / "single.db") as single:
        at = START
        for batch in batches:
            times = []
            for _, step, _ in batch:
                at += step
                times.append(at)
            told = ToldEvents([e for e, _, _ in batch], [f"n{n}" for *_, n in batch], times, [1.0] * len(batch))
            columns.clock.time = single.clock.time = max(columns.clock.time, at)
            assert _submit(columns, told) == _submit(single, list(told))
        assert [plain for _, _, _, records in _stored(columns) for plain in map(plain_event, records)] == [
            plain for _, _, _, records in _stored(single) for plain in map(plain_event, records)
        ]
        assert [one[:3] for one in _stored(columns)] == [one[:3] for one in _stored(single)]
        assert columns.faults() == single.faults() == []


def test_a_batch_that_is_inserted_beside_the_fold_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    events = [KINDS[n % 4] for n in range(5000)]
    told = ToldEvents(events, [f"n{n}" for n in range(5000)], [START + n // 10 for n in range(5000)], [1.0] * 5000)
    with Bench(tmp_path / "combatlens.db") as bench:
        bench.clock.time = START + 600
        receipt = _submit(bench, told)
        assert (receipt.accepted, receipt.duplicates) == (5000, 0)
        assert _submit(bench, told[1000:2000]).duplicates == 1000
        (head,) = bench.store.heads()
        assert [record.id for record in bench.store.records(head.session_id)] == list(told.ids)
        bench.assert_sound()
