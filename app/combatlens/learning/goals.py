"""Goals of the application: how far a user is, and when the goal will be met.

Pure functions over the summaries of the sessions. Sums count from the moment the goal was made. Rates are pooled over
the newest sessions; a rate goal is met once the pooled value reached the target after the goal was made, and stays met.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from statistics import median

import msgspec
from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.records import SessionSummary
from combatlens.domain.words import counted
from combatlens.learning.goal_forecast import (
    MIN_RATE_SESSIONS,
    MIN_SESSIONS,
    Eta,
    Visit,
    chance_by,
    forecast_rate,
    forecast_sum,
)
from combatlens.learning.goal_metrics import (
    Direction,
    Part,
    as_recorded,
    is_sum,
    metrics,
    parts,
    sum_value,
    usual_direction,
    zero,
)

LEAST_SHARE = 0.1
"""A session that lasted less than this share of the usual says nothing of a rate: no trend is made of it."""

RATE_SESSIONS = 5
"""A rate is what the newest sessions say together; one lucky session meets no goal."""


class Goal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the user wants. `direction` down means that lower is better; `bounds` are the metric's possible values.

    `running` is (session id, value) of the session under way when the goal was made: what it had by then does not
    count.
    """

    goal_id: str
    metric: str
    target: float
    description: str = ""
    direction: Direction = "up"
    created_at: float = 0.0
    start: float | None = None
    running: tuple[str, float] | None = None
    character: str = ""
    bounds: tuple[float, float] | None = None


class GoalState(Struct, frozen=True, kw_only=True):
    """A line of `goals list`. Times are Unix seconds; `eta_80` holds the finishing time in 80 of 100 cases.
    `eta_unknown`: why there is no `eta`, in words; "" where there is one, or none is asked for."""

    goal_id: str
    description: str
    metric: str
    direction: Direction
    target: float
    current: float | None = None
    completion_percentage: float = 0.0
    eta: float | None = None
    eta_80: tuple[float, float] | None = None
    is_completed: bool = False
    completed_at: float | None = None
    eta_unknown: str = ""


def make_goal(
    goal_id: str,
    metric: str,
    target: float,
    sessions: Sequence[SessionSummary],
    *,
    now: float,
    description: str = "",
    direction: Direction | None = None,
    character: str = "",
    bounds: tuple[float, float] | None = None,
) -> Goal:
    """A goal that starts now. Raises EnvironmentFault for an unknown metric or a target outside `bounds`."""
    if not is_sum(metric) and metric != "level" and parts(metric) is None:
        raise EnvironmentFault(f"no goal can be set on {metric!r}", f"use one of: {', '.join(metrics())}")
    if bounds and not bounds[0] <= target <= bounds[1]:
        raise EnvironmentFault(f"the target {target:g} is outside {bounds[0]:g} … {bounds[1]:g}", "choose one inside")
    mine = _of(sessions, character)
    metric = as_recorded(metric, [name for session in reversed(mine) for name in session.skills])
    goal = Goal(
        goal_id=goal_id,
        metric=metric,
        target=target,
        description=description or f"{metric} {'at most' if _down(direction, metric) else 'at least'} {target:,.10g}",
        direction=direction or usual_direction(metric),
        created_at=now,
        character=character,
        bounds=bounds,
    )
    if is_sum(metric):
        open_now = next((s for s in reversed(mine) if s.end_time is None), None)
        running = (open_now.session_id, sum_value(metric, open_now)) if open_now else None
        return msgspec.structs.replace(goal, start=0.0, running=running)
    values = _levels(mine) if metric == "level" else [v for _, v in _pooled(mine, metric)]
    return msgspec.structs.replace(goal, start=values[-1] if values else None)


def goal_state(goal: Goal, sessions: Sequence[SessionSummary], *, now: float) -> GoalState:
    """How far `goal` is at `now` (Unix seconds). `sessions` in any order; only the goal's character counts."""
    mine = _of(sessions, goal.character)
    if is_sum(goal.metric):
        return _sum_state(goal, mine, now)
    if goal.metric == "level":
        return _level_state(goal, mine, now)
    return _rate_state(goal, mine, now)


def goal_chance(goal: Goal, sessions: Sequence[SessionSummary], *, now: float, until: float) -> float | None:
    """The chance that a goal on a sum is reached by `until` (Unix seconds); None where it cannot be told."""
    if not is_sum(goal.metric) or goal.direction == "down":
        return None
    mine = _of(sessions, goal.character)
    counted = [s for s in mine if s.start_time >= goal.created_at or (goal.running or ("",))[0] == s.session_id]
    remaining = goal.target - sum(sum_value(goal.metric, s) - _before(goal, s) for s in counted)
    if remaining <= 0:
        return 1.0
    return chance_by(_visits(mine, lambda s: sum_value(goal.metric, s)), remaining, now, until)


def completion(start: float | None, current: float, target: float, direction: Direction) -> float:
    """The way from `start` to `target` that is behind us, in percent, 0 to 100.

    Upwards without a start the way begins at 0 (87 of 90 is 96.7 %); downwards it begins at the first value.
    """
    met = current <= target if direction == "down" else current >= target
    if met:
        return 100.0
    begin = start if start is not None else (current if direction == "down" else 0.0)
    if direction == "up" and begin >= target:
        begin = 0.0 if target > 0 else current
    way = target - begin
    return min(abs(max(100.0 * (current - begin) / way, 0.0)), 99.99) if way else 0.0


def _sum_state(goal: Goal, sessions: list[SessionSummary], now: float) -> GoalState:
    counted = [s for s in sessions if s.start_time >= goal.created_at or (goal.running or ("",))[0] == s.session_id]
    gains = [sum_value(goal.metric, s) - _before(goal, s) for s in counted]
    current = sum(gains)
    reached = next(
        (_end(s, now) for s, total in zip(counted, accumulate(gains), strict=True) if total >= goal.target), None
    )
    if goal.direction == "down":
        return _state(goal, current, done_at=None, eta=None, share=_budget(current, goal.target))
    eta = None
    if reached is None:
        eta = forecast_sum(_visits(sessions, lambda s: sum_value(goal.metric, s)), goal.target - current, now)
    return _state(goal, current, done_at=reached, eta=eta, missing=_missing(sessions, MIN_SESSIONS))


def _budget(used: float, limit: float) -> float:
    """A sum that shall stay low is a budget: what is left of it, in percent."""
    return 100.0 * max(0.0, 1 - used / limit) if limit > 0 else (100.0 if used <= limit else 0.0)


def _level_state(goal: Goal, sessions: list[SessionSummary], now: float) -> GoalState:
    seen = [s for s in sessions if s.level is not None]
    levels = _levels(seen)
    if not levels:
        return _state(goal, None, done_at=None, eta=None, missing=MIN_SESSIONS)
    every = list(zip(seen, levels, strict=True))
    later = [(s, v) for s, v in every if _end(s, now) >= goal.created_at] or every[-1:]
    reached = next((_end(s, now) for s, v in later if v >= goal.target), None)
    eta = None
    if reached is None:
        steps = [b - a for a, b in zip([levels[0], *levels], levels, strict=False)]
        gains = {s.session_id: s.xp.levels_gained or step for s, step in zip(seen, steps, strict=True)}
        eta = forecast_sum(_visits(seen, lambda s: gains[s.session_id]), goal.target - levels[-1], now)
    return _state(goal, levels[-1], done_at=reached, eta=eta, missing=_missing(seen, MIN_SESSIONS))


def _rate_state(goal: Goal, sessions: list[SessionSummary], now: float) -> GoalState:
    pooled = _pooled(sessions, goal.metric)
    if not pooled:
        return _state(goal, None, done_at=None, eta=None, missing=MIN_RATE_SESSIONS)
    later = [(s, v) for s, v in pooled if _end(s, now) >= goal.created_at] or pooled[-1:]
    down = goal.direction == "down"
    reached = next((_end(s, now) for s, v in later if (v <= goal.target if down else v >= goal.target)), None)
    eta = None
    if reached is None:
        top, below = parts(goal.metric) or (zero, zero)
        least = LEAST_SHARE * median(below(s) for s, _ in pooled)
        telling = [s for s, _ in pooled if below(s) >= least]
        eta = forecast_rate(
            _visits(telling, lambda s: top(s) / below(s)),
            goal.target, down=down, window=RATE_SESSIONS, now=now, bounds=goal.bounds,
        )  # fmt: skip
    missing = _missing([s for s, _ in pooled], MIN_RATE_SESSIONS)
    return _state(goal, pooled[-1][1], done_at=reached, eta=eta, missing=missing)


def _missing(sessions: Sequence[SessionSummary], least: int) -> int:
    return max(0, least - sum(s.end_time is not None for s in sessions))


def _state(
    goal: Goal, current: float | None, *, done_at: float | None, eta: Eta | None, share: float | None = None,
    missing: int = 0,
) -> GoalState:  # fmt: skip
    """`share`: of a budget, which is never finished; `missing`: sessions until there can be a forecast."""
    done = done_at is not None
    unknown = ""
    if not done and eta is None and share is None:
        more = f"needs {counted(missing, 'more session')} to say"
        unknown = more if missing else "not in sight at the present pace"
    if share is None:
        share = 0.0 if current is None else completion(goal.start, current, goal.target, goal.direction)
    return GoalState(
        goal_id=goal.goal_id,
        description=goal.description,
        metric=goal.metric,
        direction=goal.direction,
        target=goal.target,
        current=current,
        completion_percentage=100.0 if done else round(share, 2),
        eta=eta.at if eta else None,
        eta_80=eta.interval if eta else None,
        eta_unknown=unknown,
        is_completed=done,
        completed_at=done_at,
    )


def _before(goal: Goal, session: SessionSummary) -> float:
    return goal.running[1] if goal.running and goal.running[0] == session.session_id else 0.0


def _pooled(sessions: Sequence[SessionSummary], metric: str) -> list[tuple[SessionSummary, float]]:
    """Each session that says something about the metric, with the value pooled over it and the ones before."""
    top, below = parts(metric) or (zero, zero)
    telling = [s for s in sessions if below(s) > 0]
    result = []
    for i, session in enumerate(telling):
        window = telling[max(0, i + 1 - RATE_SESSIONS) : i + 1]
        result.append((session, sum(map(top, window)) / sum(map(below, window))))
    return result


def _levels(sessions: Sequence[SessionSummary]) -> list[float]:
    return [float(s.level) for s in sessions if s.level is not None]


def _of(sessions: Sequence[SessionSummary], character: str) -> list[SessionSummary]:
    chosen = (s for s in sessions if not character or s.character == character)
    return sorted(chosen, key=lambda s: (s.start_time, s.session_id))


def _visits(sessions: Sequence[SessionSummary], value: Part) -> list[Visit]:
    """A session lasts as long as it was active: one that was ended late, or never, is not played on like that.

    Only the newest can be under way.
    """
    visits = [Visit(s.start_time, s.start_time + 60 * s.active_minutes, value(s)) for s in sessions]
    if sessions and sessions[-1].end_time is None:
        visits[-1] = msgspec.structs.replace(visits[-1], end=None)
    return visits


def _end(session: SessionSummary, now: float) -> float:
    return session.end_time if session.end_time is not None else now


def _down(direction: Direction | None, metric: str) -> bool:
    return (direction or usual_direction(metric)) == "down"
