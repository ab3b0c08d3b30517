from __future__ import annotations

import numpy as np
import pytest

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Action, Death, Recorded, SkillUse
from combatlens.learning.actions import extract
from combatlens.learning.operations import (
    ActionLearning,
    Operation,
    Refusal,
    Thresholds,
    chance_above,
    error_class,
    operations_of,
    thresholds,
)


def op(
    name: str, *, ok: bool = True, ms: float | None = None, error: str | None = None, session: str = "s"
) -> Operation:
    return Operation(name, session, ok, ms, error, None, "tool")


def padding(count: int = 120) -> list[Operation]:
    """Uses of many names in no order: there is nothing to learn from them."""
    rng = np.random.default_rng(1)
    return [op(f"pad{rng.integers(40)}", session=f"pad{i % 30}") for i in range(count)]


def found(operations: list[Operation], limits: Thresholds | None = None) -> dict[str, ActionLearning]:
    return {one.pattern: one for one in extract(operations, (), limits or Thresholds()).learnings}


def test_a_slow_tool_is_told_in_the_seed_s_words() -> None:
    slow = [op("WebFetch", ms=9000.0 if i % 4 else 800.0) for i in range(40)]
    one = found(padding() + slow)["WebFetch_consistently_slow"]
    assert one.description == "WebFetch operations are consistently slow with 75.0% taking >5s"
    assert one.recommendation == (
        "Consider: 1) Caching WebFetch results, 2) Batching operations, 3) Using alternative approaches"
    )
    assert (one.type, one.impact) == ("performance", "high")
    assert one.confidence == pytest.approx(chance_above(30, 40, 0.5) * 40 / 45, abs=1e-3)
    assert one.evidence["median_ms"] == 9000.0


def test_three_to_five_seconds_is_medium_and_a_profile_may_say_otherwise() -> None:
    uses = padding() + [op("travel", ms=4000.0) for _ in range(30)]
    assert found(uses)["travel_consistently_slow"].impact == "medium"
    assert "travel_consistently_slow" not in found(uses, thresholds({"slow_ms_for": {"travel": 60_000}}))
    assert found(uses, thresholds({"slow_ms": 3500}))["travel_consistently_slow"].impact == "high"


def test_an_action_of_a_game_is_not_told_to_be_cached() -> None:
    uses = padding() + [Operation("craft", "s", True, 9000.0) for _ in range(30)]
    assert "Caching" not in found(uses)["craft_consistently_slow"].recommendation


def test_a_few_slow_uses_are_not_handed_on() -> None:
    result = extract(padding() + [op("Bash", ms=9000.0) for _ in range(5)])
    assert [one.pattern for one in result.learnings] == ["Bash_consistently_slow"]
    assert result.handed_on == ()
    assert "Bash_consistently_slow" not in found(padding() + [op("Bash", ms=9000.0) for _ in range(4)])


def test_erratic_durations_are_told() -> None:
    rng = np.random.default_rng(2)
    wild = [op("Bash", ms=float(ms)) for ms in 900 * rng.pareto(1.3, 80)]
    even = [op("Read", ms=float(ms)) for ms in rng.normal(1000, 50, 80)]
    learned = found(padding() + wild + even)
    assert learned["Bash_high_variance"].type == "performance"
    assert "Read_high_variance" not in learned


def failing(times: int) -> list[Operation]:
    """A file is not found; looking for it first works, trying again seldom does."""
    uses = []
    for i in range(times):
        session = f"r{i}"
        uses.append(op("Read", ok=False, error="ENOENT: no such file or directory", session=session))
        if i % 3:
            uses += [op("LS", session=session), op("Glob", session=session), op("Read", session=session)]
        else:
            uses.append(op("Read", ok=False, error="no such file", session=session))
    return uses


def test_a_way_out_of_an_error_is_told_with_its_success() -> None:
    one = found(padding() + failing(30))["FILE_NOT_FOUND_recovery"]
    assert one.recommendation == "When encountering FILE_NOT_FOUND, consider using: LS → Glob → Read"
    assert (one.evidence["tried"], one.evidence["worked"]) == (20, 20)
    assert one.evidence["simply_again"]["worked"] == 0
    assert (one.type, one.impact) == ("error_recovery", "medium")
    assert one.confidence >= 0.6


def test_when_trying_again_is_best_that_is_said() -> None:
    uses = []
    for i in range(20):
        uses += [op("shoot", ok=False, error="not ready yet", session=f"a{i}"), op("shoot", session=f"a{i}")]
    one = found(padding() + uses)["ON_COOLDOWN_recovery"]
    assert one.recommendation == "When encountering ON_COOLDOWN, simply try shoot again"


def test_what_follows_but_does_not_work_is_no_recovery() -> None:
    uses = []
    for i in range(20):
        bad = op("shoot", ok=False, error="out of range", session=f"a{i}")
        uses += [bad, op("dance", session=f"a{i}"), bad]
    assert "OUT_OF_RANGE_recovery" not in found(padding() + uses)


def test_a_miss_teaches_no_way_out() -> None:
    """Whatever is done after it, the next shot hits as often as any."""
    rng = np.random.default_rng(3)
    uses = []
    for i in range(400):
        names = ["aim", "shoot"] if rng.random() < 0.6 else ["kneel", "shoot"] if rng.random() < 0.5 else ["shoot"]
        uses += [op(n, ok=n != "shoot" or rng.random() < 0.8, error=None, session=f"m{i // 50}") for n in names]
    learned = found(padding() + uses).get("shoot_FAILURE_recovery")
    assert learned is None or learned.confidence < 0.6


def test_several_steps_must_do_better_than_what_else_was_done() -> None:
    uses = []
    for i in range(60):
        way = [["shoot"], ["dance", "shoot"], ["jump", "shoot"]][i % 3]
        uses += [op("shoot", ok=False, error="not ready yet", session=f"a{i}"), *(op(n, session=f"a{i}") for n in way)]
    assert found(padding() + uses)["ON_COOLDOWN_recovery"].evidence["sequence"] == ["shoot"]


def rounds(count: int, failures: int = 0) -> list[Operation]:
    uses = []
    for i in range(count):
        names = ["pull", "shoot", "burst", "loot", "rest"]
        uses += [op(n, session=f"w{i}", ok=not (n == "loot" and i < failures), error=None) for n in names]
    return uses


def test_a_proven_workflow_is_told() -> None:
    one = found(padding() + rounds(38, failures=2))["workflow_5_tools"]
    assert one.description.startswith("Common 5-tool workflow with 94.7% success rate")
    assert one.recommendation == ("This workflow is proven effective. Consider creating a macro or composite action.")
    assert one.evidence["sequence"] == ["pull", "shoot", "burst", "loot", "rest"]
    assert (one.evidence["count"], one.impact) == (38, "medium")
    assert one.confidence >= 0.6
    lengths = {p for p in found(padding() + rounds(38)) if p.startswith("workflow_")}
    assert lengths == {"workflow_5_tools"}, "its parts never come without it"
    part = [op(n, session=f"p{i}") for i in range(30) for n in ["pull", "shoot", "burst"]]
    lengths = {p for p in found(padding() + rounds(38) + part) if p.startswith("workflow_")}
    assert lengths == {"workflow_5_tools", "workflow_3_tools"}


def test_a_workflow_that_fails_often_is_not_called_proven() -> None:
    one = found(padding() + rounds(40, failures=30))["workflow_5_tools"]
    assert one.impact == "high"
    assert "fails often" in one.recommendation


def test_the_same_again_and_again_and_pure_chance_are_no_workflows() -> None:
    same = [op("shoot", session="x") for _ in range(200)]
    turns = [op("a" if i % 2 else "b", session="y") for i in range(200)]
    rng = np.random.default_rng(4)
    chance = [op(f"n{rng.integers(4)}", session="z") for _ in range(400)]
    assert not [p for p in found(same + turns) if p.startswith("workflow_")]
    assert not [p for p in found(chance) if p.startswith("workflow_") and found(chance)[p].confidence >= 0.6]


def test_refusals_teach_what_to_check() -> None:
    refusals = [Refusal("skill event", "unknown field `dmg`")] * 12 + [Refusal("xp reading", "confidence 0.2")]
    result = extract([], refusals)
    (one,) = result.handed_on
    assert one.pattern == "skill event_validation_failures"
    assert (one.type, one.impact) == ("validation", "high")
    assert "12 of them because: unknown field `dmg`" in one.description


def test_refusals_are_also_found_in_a_tool_s_errors() -> None:
    bad = [op("Edit", ok=False, error="InputValidationError: file_path is required", session=f"v{i}") for i in range(9)]
    assert "Edit_validation_failures" in found(padding() + bad)


def test_what_comes_before_a_success_is_told() -> None:
    uses = []
    for i in range(60):
        aimed = i % 2 == 0
        uses += [op("aim" if aimed else "walk", session=f"c{i}"), op("shoot", ok=aimed or i % 4 == 1, session=f"c{i}")]
    one = found(padding() + uses)["aim_before_shoot"]
    assert one.evidence["after"] == [30, 30]
    assert one.evidence["otherwise"] == [15, 30]
    assert (one.type, one.impact) == ("success_rate", "high")
    assert "shoot_low_success_rate" in found(padding() + uses)


def test_pure_chance_gives_no_success_context_in_19_of_20_logs() -> None:
    rng = np.random.default_rng(9)
    wrong = 0
    for _ in range(100):
        log = [op(f"n{rng.integers(5)}", ok=bool(rng.random() < 0.7), session="s") for _ in range(300)]
        wrong += any("_before_" in one.pattern for one in extract(log).handed_on)
    assert wrong <= 10


def test_under_a_hundred_actions_nothing_is_learned() -> None:
    result = extract([op("WebFetch", ms=9000.0) for _ in range(99)])
    assert result.learnings == ()
    assert result.needs == "1 more action"
    assert extract([op("WebFetch", ms=9000.0) for _ in range(100)]).needs == ""


def test_the_weightiest_comes_first_and_only_the_sure_is_handed_on() -> None:
    result = extract(padding() + rounds(38) + [op("WebFetch", ms=9000.0) for _ in range(40)])
    assert result.learnings[0].pattern == "WebFetch_consistently_slow"
    assert all(one.confidence >= 0.6 for one in result.handed_on)
    assert 0 < len(result.handed_on) <= len(result.learnings)


def test_confidence_grows_with_the_number_and_the_consistency() -> None:
    def sure(count: int, over: int) -> float:
        uses = [op("X", ms=9000.0 if i < over else 1.0) for i in range(count)]
        return found(padding() + uses)["X_consistently_slow"].confidence

    assert sure(10, 10) < sure(20, 20) < sure(80, 80) <= 0.99
    assert sure(40, 22) < sure(40, 30) < sure(40, 40)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ENOENT: no such file", "FILE_NOT_FOUND"),
        ("Permission denied", "PERMISSION_DENIED"),
        ("You are out of range", "OUT_OF_RANGE"),
        ("Request timed out after 30 s", "TIMED_OUT"),
        ("exit code 2", "COMMAND_FAILED"),
        ("", "Bash_FAILURE"),
        (None, "Bash_FAILURE"),
    ],
)
def test_kinds_of_errors(error: str | None, kind: str) -> None:
    assert error_class(error, "Bash") == kind


def test_a_further_analysis_is_asked_too() -> None:
    def mine(sessions: object, limits: Thresholds) -> list[ActionLearning]:
        return [
            ActionLearning(
                pattern="mine", description="d", recommendation="r", type="custom", confidence=0.9, impact="low"
            )
        ]

    assert "mine" in {one.pattern for one in extract(padding(), further=[mine]).handed_on}


def test_thresholds_come_from_the_profile_s_table_and_leave_others_keys_alone() -> None:
    limits = thresholds({"slow_ms": 3000, "min_sample_size": 8, "error_patterns": {}, "other": 1})
    assert (limits.slow_ms, limits.min_sample_size, limits.min_confidence) == (3000, 8, 0.6)
    with pytest.raises(EnvironmentFault, match="slow_ms"):
        thresholds({"slow_ms": -1}, "swg")


def test_operations_are_the_character_s_own_actions_and_uses() -> None:
    events = [
        Action(name="travel", duration_ms=5.0),
        SkillUse(skill="shot", success=False, error="miss"),
        SkillUse(skill="poison", periodic=True),
        SkillUse(skill="theirs", actor="friend"),
        SkillUse(skill="named", actor="me"),
        Death(),
    ]
    records = [Recorded(i, "s1", 1000.0 + i, 1000.0 + i, "bot", "me", e) for i, e in enumerate(events)]
    assert [(one.name, one.kind, one.success) for one in operations_of(records)] == [
        ("travel", "action", True), ("shot", "skill", False), ("named", "skill", True),
    ]  # fmt: skip


def test_operations_are_put_in_order_of_time() -> None:
    uses = [Operation(n, "s", True, None, None, at) for at, n in [(3.0, "c"), (1.0, "a"), (2.0, "b")] * 20]
    uses = [Operation(u.name, f"s{i // 3}", True, None, None, u.at) for i, u in enumerate(uses)]
    assert found(padding() + uses)["workflow_3_tools"].evidence["sequence"] == ["a", "b", "c"]
