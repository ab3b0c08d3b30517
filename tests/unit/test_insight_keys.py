"""The insights: every key of the seed, each choice by its rule, evidence beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.learn_world import SMALL, START, SkillTruth, World, play, record, sessions, stats_of, summary_of
from tests.realdata import realdata

from combatlens.domain.events import Context, Event, Feedback, Kill, SkillUse
from combatlens.learning.insights import insights
from combatlens.learning.session_record import decode_stats, encode_stats
from combatlens.learning.session_stats import session_stats

SEED_KEYS = {
    "skill_performance": None,
    "xp_efficiency": {"xp_per_minute", "best_xp_skill", "best_damage_skill", "most_reliable_skill"},
    "combat_patterns": {
        "most_used_skill", "highest_damage_skill", "most_efficient_skill", "preferred_rotation",
        "average_session_duration", "average_kills_per_session", "average_deaths_per_session",
    },
    "build_recommendations": {
        "primary_damage_skill", "secondary_damage_skill", "filler_skill", "recommended_rotation", "skill_priorities",
    },
    "performance_metrics": {
        "total_sessions_analyzed", "total_xp_analyzed", "average_xp_per_session", "best_session_xp",
        "average_damage_per_session", "kill_death_ratio",
    },
}  # fmt: skip
SKILL_KEYS = {
    "total_uses", "total_damage", "average_damage", "success_rate", "xp_efficiency", "damage_per_second",
    "xp_per_minute",
}  # fmt: skip
EVIDENCE_KEYS = {
    "uses", "sessions", "success_rate_ci", "average_damage_ci", "damage_per_second_ci", "xp_per_use_ci", "confidence",
    "impact", "needs",
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return insights(sessions(SMALL, 10, 20, seed=3), START)


def test_every_key_of_the_seed_is_there(found: dict[str, Any]) -> None:
    for section, keys in SEED_KEYS.items():
        assert keys is None or keys <= found[section].keys(), section
    assert "last_updated" in found
    for row in found["skill_performance"].values():
        assert row.keys() >= SKILL_KEYS
        assert row["evidence"].keys() >= EVIDENCE_KEYS
    further = {
        "targets",
        "zones",
        "builds",
        "comparisons",
        "rotations",
        "time_use",
        "trends",
        "recommendations",
        "meta",
    }
    assert further <= found.keys()
    assert {"schema_version", "generated_at", "sessions", "active_minutes"} <= found["meta"].keys()
    msgspec.json.encode(found)


def test_the_figures_are_the_worlds(found: dict[str, Any]) -> None:
    for truth in SMALL.skills:
        evidence = found["skill_performance"][truth.name]["evidence"]
        low, high = evidence["success_rate_ci"]
        assert low - 0.02 <= truth.hit <= high + 0.02
        assert evidence["confidence"] > 0.8
    head = found["skill_performance"]["headshot"]
    assert head["cast_s"] == pytest.approx(1.5)
    assert head["cooldown_s"] == pytest.approx(6.0)
    cast_only = head["total_damage"] / (1.5 * head["total_uses"])
    assert 0.8 * cast_only < head["damage_per_second"] <= cast_only


def test_choices_and_their_evidence(found: dict[str, Any]) -> None:
    assert found["xp_efficiency"]["best_damage_skill"] == "headshot"
    assert found["xp_efficiency"]["most_reliable_skill"] == "rifle_shot"
    assert found["combat_patterns"]["most_used_skill"] == "rifle_shot"
    assert found["build_recommendations"]["primary_damage_skill"] == "headshot"
    assert found["build_recommendations"]["filler_skill"] == "rifle_shot"
    for section in ("xp_efficiency", "combat_patterns", "build_recommendations"):
        for key, evidence in found[section]["evidence"].items():
            if key.endswith("_skill") and key != "most_used_skill":
                low, high = evidence["ci"]
                assert low <= evidence["value"] <= high
                assert 0 <= evidence["confidence"] <= 1
                assert evidence["uses"] >= 30


def lucky(uses: int) -> list[tuple[float, Event]]:
    """A weak skill used often, and a strong one used `uses` times."""
    told: list[tuple[float, Event]] = []
    for i in range(100):
        told.append((START + 2.0 * i, SkillUse(skill="weak", damage=10, target="dummy")))
    for i in range(uses):
        told.append((START + 200.0 + 2.0 * i, SkillUse(skill="strong", damage=500, target="dummy")))
    return told


def learned(told: list[tuple[float, Event]]) -> dict[str, Any]:
    events = record(told)
    return insights([session_stats(summary_of(events), events)], START)


def test_a_skill_needs_thirty_uses_to_be_best() -> None:
    few, enough = learned(lucky(29)), learned(lucky(30))
    assert few["xp_efficiency"]["best_damage_skill"] == "weak"
    assert few["skill_performance"]["strong"]["evidence"]["needs"] == 1
    assert few["build_recommendations"]["evidence"]["needs"] == {"strong": 1}
    assert enough["xp_efficiency"]["best_damage_skill"] == "strong"


def test_the_preferred_rotation_covers_most_uses_and_the_shorter_one_wins() -> None:
    told: list[tuple[float, Event]] = []
    now = START
    for _ in range(5):
        for skill in ("a", "b", "c") * 4:
            told.append((now, SkillUse(skill=skill, damage=10, target="dummy")))
            now += 1.5
        told.append((now, Kill(target="dummy", xp=10)))
        now += 20.0
    patterns = learned(told)["combat_patterns"]
    assert patterns["preferred_rotation"] == ["a", "b", "c"]
    assert patterns["evidence"]["preferred_rotation"]["count"] == 20
    assert patterns["evidence"]["preferred_rotation"]["share_of_uses"] == 1.0


def test_one_skill_over_and_over_is_no_rotation() -> None:
    told: list[tuple[float, Event]] = [(START + i, SkillUse(skill="a", damage=10, target="dummy")) for i in range(50)]
    assert learned(told)["combat_patterns"]["preferred_rotation"] == []


def test_a_kills_xp_is_its_fights_and_time_use_adds_up() -> None:
    stats = stats_of(replace(SMALL, death_chance=0.2), 30, np.random.default_rng(5))
    parts = [getattr(stats.time_use, name) for name in stats.time_use.__struct_fields__]
    assert sum(parts) == pytest.approx(stats.active_s)
    assert stats.time_use.dead > 0
    assert sum(skill.xp for skill in stats.skills.values()) == pytest.approx(stats.xp)
    assert sum(skill.xp_per_use.y for skill in stats.skills.values()) == pytest.approx(stats.xp)


def test_statistics_survive_the_store() -> None:
    stats = stats_of(SMALL, 10, np.random.default_rng(6))
    assert decode_stats(encode_stats(stats)) == stats
    assert decode_stats(b"\x81\xa7version\x00") is None


def test_circumstances_hold_what_lasted_longest() -> None:
    told = play(SMALL, 20, np.random.default_rng(7))
    told.insert(1, (START, Context(build="rifle", zone="east", boost=2.0, party_size=3, tags=("morning",))))
    middle = START + 900
    told = sorted([*told, (middle, Context(zone="west"))], key=lambda pair: pair[0])
    events = record(told)
    was = session_stats(summary_of(events), events).circumstances
    assert (was.build, was.zone, was.boost, was.party_size, was.tags) == ("rifle", "east", "2.0", 3, ("morning",))


def test_a_tag_of_the_rating_is_told_apart_from_one_of_the_context() -> None:
    told = play(SMALL, 20, np.random.default_rng(7))
    told.insert(1, (START, Context(tags=("morning", "crowded"))))
    told.append((told[-1][0] + 1, Feedback(rating=2, tags=("too fast", "crowded"))))
    events = record(told)
    was = session_stats(summary_of(events), events).circumstances
    assert (was.tags, was.said) == (("crowded", "morning"), ("too fast",))


def test_the_recommended_rotation_beats_a_poor_one() -> None:
    poor = World(
        skills=(
            SkillTruth("slow", 100.0, cast=2.0),
            SkillTruth("nuke", 900.0, 2.0, 8.0),
            SkillTruth("jab", 120.0, 1.0),
        ),
        policy=("slow", "slow", "jab", "nuke"),
    )
    advice = insights(sessions(poor, 4, 20, seed=8), START)["build_recommendations"]
    assert advice["recommended_rotation"][0] == "nuke"
    assert "slow" not in advice["recommended_rotation"]
    low, _ = advice["evidence"]["recommended_rotation"]["expected_gain_ci"]
    assert low > 0


def test_every_key_of_a_real_bots_file_is_there(found: dict[str, Any]) -> None:
    path = realdata("bot_telemetry", "ms11_project_morningstar", "profiles", "learned_combat_insights.json")
    theirs = msgspec.json.decode(path.read_bytes())
    for section, content in theirs.items():
        assert section in found
        if section == "skill_performance":
            wanted = {key for row in content.values() for key in row}
            assert all(wanted <= row.keys() for row in found[section].values())
        elif isinstance(content, dict):
            assert content.keys() <= found[section].keys(), section
