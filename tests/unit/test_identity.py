"""Ids of events stand in the order of their time, and are never the same."""

from __future__ import annotations

from combatlens.identity import new_id


def test_ids_grow_with_time_and_differ_at_the_same_moment() -> None:
    moments = [-5.0, 0.0, 1.0, 1_700_000_000.0, 1_700_000_000.001, 4e9, 1e300]
    ids = [new_id(at) for at in moments for _ in range(20)]
    assert len(set(ids)) == len(ids)
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in ids)
    tops = [name[:12] for name in ids]
    assert tops == sorted(tops)
    assert len(set(tops)) == 6  # what lies before 1970 is counted with it
