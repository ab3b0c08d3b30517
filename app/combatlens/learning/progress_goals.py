"""A goal for anything that is scored: which way it goes, how far it is, when it is reached."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from combatlens.learning.goal_metrics import Direction
from combatlens.learning.goals import completion
from combatlens.learning.progress import finite

FORECAST_POINTS = 50
_DOWNWARDS = re.compile(
    r"\b(under|below|at most|no more than|less|fewer|lower|reduc\w+|decreas\w+|minimi\w+|loss(es)?|errors?|deaths?|"
    r"delay|latency|time|costs?|converge\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class GoalProgress:
    """How far a goal is. Times are Unix seconds, the percentage 0 to 100.

    `direction` is `up` or `down` (lower is better), None until the first value says which. `score_bounds` are
    the values that the score can take, None for any.
    """

    goal_id: str
    goal_description: str
    creation_time: float
    target_performance: float
    current_performance: float
    completion_percentage: float
    estimated_completion_time: float | None = None
    is_completed: bool = False
    completion_time: float | None = None
    direction: Direction | None = None
    score_bounds: tuple[float, float] | None = None
    first_performance: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return asdict(self)


def updated(goal: GoalProgress, value: float, now: float, past: Sequence[tuple[float, float]]) -> GoalProgress:
    """`goal` with a new `value` at `now`. `past`: the (time, value) seen since the goal was made, this one included.

    Without a direction the first value gives it. Raises ValueError for a value outside the bounds.
    """
    value = finite("current_performance", value)
    if goal.score_bounds and not goal.score_bounds[0] <= value <= goal.score_bounds[1]:
        low, high = goal.score_bounds
        raise ValueError(f"{value:g} is outside the bounds {low:g} … {high:g} of the goal {goal.goal_id!r}")
    first = value if goal.first_performance is None else goal.first_performance
    direction = goal.direction or inferred_direction(
        first, goal.target_performance, f"{goal.goal_id} {goal.goal_description}"
    )
    met = value <= goal.target_performance if direction == "down" else value >= goal.target_performance
    done = goal.is_completed or met
    return replace(
        goal,
        direction=direction,
        first_performance=first,
        current_performance=value,
        completion_percentage=100.0 if done else _share(goal, value, first, direction),
        is_completed=done,
        completion_time=goal.completion_time if goal.is_completed else (now if met else None),
        estimated_completion_time=None if done else finishing_time(past, goal.target_performance),
    )


def inferred_direction(first: float, target: float, words: str) -> Direction:
    """Which way a goal goes, from its first value: up when that is below the target, down when it is far above.

    A first value between the target and its double may be a goal that is met at once (95 % where 90 % were wanted) or
    one that must come down a little; there the goal's id and description decide: "loss", "under", "fewer" … mean down.
    """
    if first <= target:
        return "up"
    far = first - target > abs(target)
    return "down" if far or _DOWNWARDS.search(words.replace("_", " ")) else "up"


def _share(goal: GoalProgress, value: float, first: float, direction: Direction) -> float:
    start = goal.score_bounds[0 if direction == "up" else 1] if goal.score_bounds else None
    if start is None and (direction == "down" or first < 0):
        start = first
    return completion(start, value, goal.target_performance, direction)


def finishing_time(past: Sequence[tuple[float, float]], target: float) -> float | None:
    """When the line through the newest 50 (Unix seconds, value) reaches `target`; None when it does not lead there."""
    points = np.asarray(past[-FORECAST_POINTS:], dtype=np.float64)
    if len(points) < 3 or points[-1, 0] <= points[0, 0]:
        return None
    times, values = points[:, 0] - points[-1, 0], points[:, 1]
    centred = times - times.mean()
    slope = float((centred * values).sum() / (centred * centred).sum())
    level = float(values.mean() - slope * times.mean())
    if slope == 0 or (target - level) / slope < 0:
        return None
    return float(points[-1, 0] + (target - level) / slope)
