"""The learner on the simulated world: its totals are the truth, its statements are true of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.learn_world import START, summary_of

from combatlens.domain.events import Recorded
from combatlens.learning.insights import insights
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats
from combatlens.simulation.simulate import Played, events_of, play_sessions
from combatlens.simulation.truth import tally


def learned(played: Played) -> SessionStats:
    events = [
        Recorded(i, played.session_id, float(event.at or 0), float(event.at or 0), "bot", "player", event)
        for i, event in enumerate(events_of(played))
    ]
    return session_stats(summary_of(events), events)


@pytest.fixture(scope="module")
def world() -> tuple[list[Played], list[SessionStats], dict[str, Any]]:
    played = list(play_sessions(minutes=15, sessions=36, seed=5, ends_at=START))
    stats = [learned(one) for one in played]
    return played, stats, insights(stats, START)


def test_the_totals_are_the_truth(world: tuple[list[Played], list[SessionStats], dict[str, Any]]) -> None:
    played, stats, found = world
    truths = [tally(one.facts) for one in played]
    assert [one.xp for one in stats] == [truth.total_xp_gained for truth in truths]
    assert [one.kills for one in stats] == [truth.kills for truth in truths]
    for name, row in found["skill_performance"].items():
        assert row["total_uses"] == sum(truth.skills[name].usage_count for truth in truths if name in truth.skills)
        assert row["total_damage"] == sum(truth.skills[name].total_damage for truth in truths if name in truth.skills)


def test_the_skills_are_known(world: tuple[list[Played], list[SessionStats], dict[str, Any]]) -> None:
    played, _, found = world
    for skill in played[0].build.skills:
        row = found["skill_performance"][skill.name]
        low, high = row["evidence"]["success_rate_ci"]
        assert low - 0.01 <= skill.hit_chance <= high + 0.01
        if skill.cooldown_s:
            assert row["cooldown_s"] is None or row["cooldown_s"] >= skill.cooldown_s - 1e-3


def test_the_slower_build_is_found_and_nothing_false_is_advised(
    world: tuple[list[Played], list[SessionStats], dict[str, Any]],
) -> None:
    found = world[2]
    row = next(r for r in found["comparisons"] if r["kind"] == "build" and r["metric"] == "xp_per_hour")
    assert (row["a"], row["b"], row["verdict"]) == ("focused", "sluggish", "worse")
    assert row["ci"][1] < 0
    success = next(r for r in found["comparisons"] if r["kind"] == "build" and r["metric"] == "success_rate")
    assert success["verdict"] == "no_difference_shown"
    texts = [advice["text"] for advice in found["recommendations"]]
    assert "prefer the build focused to sluggish" in texts
    assert not any("sluggish to focused" in text for text in texts)
