"""What the windows ask about goals, trials and learnings, answered from memory."""

from __future__ import annotations

from typing import Any

from combatlens.domain.errors import EnvironmentFault


def goal(goal_id: str, description: str, metric: str, target: float, current: float | None, done: float,
         **more: Any) -> dict[str, Any]:  # fmt: skip
    return {
        "goal_id": goal_id, "description": description, "metric": metric, "direction": "up", "target": target,
        "current": current, "completion_percentage": done, "eta": None, "eta_80": None,
        "eta_unknown": "", "is_completed": False,
        "completed_at": None, **more,
    }  # fmt: skip


GOALS = [
    goal("xp", "XP gained at least 500,000", "total_xp_gained", 500_000, 312_400, 62.5,
         eta="2026-11-27T18:00:00+00:00", eta_80=["2026-11-25T20:00:00+00:00", "2026-12-01T21:00:00+00:00"]),
    goal("deaths", "Deaths per hour at most 1", "deaths_per_hour", 1.0, 1.6, 48.0, direction="down",
         eta_unknown="not in sight at the present pace"),
    goal("hits", "Aimed volley of the long name: share of uses that hit at least 95 %",
         "skills.Aimed volley of the long name.success_rate", 0.95, 0.91, 95.8, eta="2026-11-30T18:00:00+00:00"),
    goal("kills", "Kills at least 1,000", "kills", 1000, 1012, 100.0, is_completed=True,
         completed_at="2026-11-19T20:14:00+00:00"),
    goal("new", "Level at least 60", "level", 60, None, 0.0),
]  # fmt: skip


def trial(trial_id: str, kind: str, a: str, b: str, state: str, message: str) -> dict[str, Any]:
    return {"trial_id": trial_id, "kind": kind, "a": a, "b": b, "state": state, "message": message}


TRIALS = [
    trial("t1", "build", "Rifleman", "Medic", "running", "3 + 2 sessions so far; about 9 more sessions until a "
          "difference of 10 % is known; next: Medic"),
    trial("t2", "tag", "without", "double xp", "decided", "with double xp is better than without: +11,240 XP per hour "
          "(+93 %), 95 % between +10,120 and +12,360; held equal: zone, group size"),
    trial("t3", "rotation", "Headshot > Burst fire > Rifle shot", "Burst fire > Rifle shot > Rifle shot > Headshot",
          "no_such_difference", "14 + 14 sessions so far: a difference of 10 % would most likely have been found by "
          "now"),
]  # fmt: skip

LEARNINGS = {
    "metadata": {"generated_at": "2026-11-21T06:00:00+00:00", "operations": 4_213, "sessions": 31, "needs": None},
    "learnings": [
        {"pattern": "travel_consistently_slow", "type": "performance", "confidence": 0.94, "impact": "high",
         "description": "travel operations are consistently slow with 75.0% taking >5s",
         "recommendation": "Consider: 1) Doing travel less often, 2) Doing several at once, 3) Using another way"},
        {"pattern": "OUT_OF_RANGE_recovery", "type": "error_recovery", "confidence": 0.81, "impact": "medium",
         "description": "Common recovery pattern for OUT_OF_RANGE errors",
         "recommendation": "When encountering OUT_OF_RANGE, consider using: approach → aim → Headshot"},
        {"pattern": "workflow_5_tools", "type": "workflow", "confidence": 0.72, "impact": "medium",
         "description": "Common 5-tool workflow with 94.7% success rate",
         "recommendation": "This workflow is proven effective. Consider creating a macro or composite action."},
        {"pattern": "skill_event_validation_failures", "type": "validation", "confidence": 0.41, "impact": "high",
         "description": "skill_event was refused 6 times, 5 of them because: `damage` is negative",
         "recommendation": "Check skill_event before sending it: `damage` is negative"},
    ],
}  # fmt: skip

PATTERNS = [
    {"pattern_name": "out_of_range", "language": "default", "construct_type": "attack", "occurrence_count": 12,
     "success_rate": 0.67, "why_fails": "The target is farther away than the skill reaches.",
     "how_to_fix": "Go nearer before the attack.", "bad_example": "Headshot\nHeadshot",
     "good_example": "approach\nHeadshot", "success_rate_before": 0.41, "success_rate_after": 0.78},
    {"pattern_name": "death_by_Cave_troll", "language": "default", "construct_type": "fight", "occurrence_count": 5,
     "success_rate": 0.4, "why_fails": "", "how_to_fix": "Do this instead: Kick, Headshot, Burst fire",
     "bad_example": "Burst fire, Burst fire, Rifle shot", "good_example": "Kick, Headshot, Burst fire",
     "success_rate_before": None, "success_rate_after": None},
]  # fmt: skip


class FakeCoach:
    """Writes down what was asked. `fault` makes each answer fail, `refusal` each change."""

    def __init__(self, *, empty: bool = False) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.fault: EnvironmentFault | None = None
        self.refusal: EnvironmentFault | None = None
        self._goals = [] if empty else list(GOALS)
        self._trials = [] if empty else list(TRIALS)
        self._learnings: dict[str, Any] = {} if empty else LEARNINGS
        self._patterns = [] if empty else PATTERNS

    def _check(self, fault: EnvironmentFault | None) -> None:
        if fault is not None:
            raise fault

    def goals(self) -> list[dict[str, Any]]:
        self._check(self.fault)
        return self._goals

    def add_goal(self, metric: str, target: float, description: str) -> None:
        self.calls.append(("add_goal", metric, target, description))
        self._check(self.refusal)
        self._goals.append(goal(metric, description, metric, target, None, 0.0))

    def remove_goal(self, goal_id: str) -> None:
        self.calls.append(("remove_goal", goal_id))
        self._check(self.refusal)
        self._goals = [one for one in self._goals if one["goal_id"] != goal_id]

    def trials(self) -> list[dict[str, Any]]:
        self._check(self.fault)
        return self._trials

    def add_trial(self, kind: str, a: str, b: str) -> None:
        self.calls.append(("add_trial", kind, a, b))
        self._check(self.refusal)
        self._trials.append(trial(b, kind, a, b, "running", "0 + 0 sessions so far"))

    def remove_trial(self, trial_id: str) -> None:
        self.calls.append(("remove_trial", trial_id))
        self._check(self.refusal)
        self._trials = [one for one in self._trials if one["trial_id"] != trial_id]

    def learnings(self) -> dict[str, Any]:
        self._check(self.fault)
        return self._learnings

    def learn(self) -> None:
        self.calls.append(("learn",))
        self._check(self.refusal)
        self._learnings = LEARNINGS

    def patterns(self) -> list[dict[str, Any]]:
        self._check(self.fault)
        return self._patterns

    def decide(self, recommendation_id: str, decision: str, notes: str) -> None:
        self.calls.append(("decide", recommendation_id, decision, notes))
        self._check(self.refusal)
