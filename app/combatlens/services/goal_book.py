"""The user's goals: `<home>/goals.json`, and how far they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from combatlens.domain.errors import NotFound
from combatlens.domain.present import iso
from combatlens.domain.records import SessionSummary
from combatlens.learning.goal_metrics import Direction
from combatlens.learning.goals import Goal, GoalState, goal_chance, goal_state, make_goal
from combatlens.ports import Clock, History, SessionQuery
from combatlens.services.list_file import ListFile, free_name

FORECAST_SESSIONS = 60


class GoalBook:
    """Goals in a file, and their state over the sessions of `history`. Several programs may use it at once."""

    def __init__(self, path: Path, history: History, clock: Clock) -> None:
        self._history = history
        self._clock = clock
        self._file = ListFile(path, list[Goal], "goal", lambda goal: goal.goal_id, "combatlens goals list", clock)

    def goals(self) -> list[Goal]:
        """All goals, oldest first. A file that cannot be used is set aside."""
        return self._file.all()

    def add(
        self,
        metric: str,
        target: float,
        *,
        goal_id: str = "",
        description: str = "",
        direction: Direction | None = None,
        character: str = "",
    ) -> Goal:
        """A new goal that starts now. Raises EnvironmentFault for an unknown metric or an id that is taken."""

        def make(known: Sequence[Goal]) -> Goal:
            name = goal_id or free_name(metric, [goal.goal_id for goal in known])
            return make_goal(
                name, metric, target, self._sessions(self._clock.now()), now=self._clock.now(),
                description=description, direction=direction, character=character,
            )  # fmt: skip

        return self._file.add(make)

    def remove(self, goal_id: str) -> Goal:
        """Forget a goal. Raises NotFound."""
        return self._file.remove(goal_id)

    def states(self) -> list[GoalState]:
        """How far each goal is now."""
        goals = self.goals()
        sessions = self._sessions_of(goals)
        return [goal_state(g, sessions, now=self._clock.now()) for g in goals]

    def chances(self, until: float) -> dict[str, float | None]:
        """The chance of each goal to be reached by then (Unix seconds), by its id; None where it cannot be told."""
        goals = self.goals()
        sessions = self._sessions_of(goals)
        return {g.goal_id: goal_chance(g, sessions, now=self._clock.now(), until=until) for g in goals}

    def _sessions_of(self, goals: Sequence[Goal]) -> Sequence[SessionSummary]:
        if not goals:
            return []
        return self._sessions(min(g.created_at for g in goals), {g.running[0] for g in goals if g.running})

    def as_json(self) -> list[dict[str, Any]]:
        """`states` as `goals list --json` and `/v1/learning/goals` print them."""
        return [goal_json(state) for state in self.states()]

    def _sessions(self, since: float, wanted: Collection[str] = ()) -> Sequence[SessionSummary]:
        """The sessions since then and those wanted, and at least the newest 60, from which a forecast is made."""
        rows = list(self._history.sessions(SessionQuery(since=since)).rows)
        if len(rows) < FORECAST_SESSIONS:
            rows = list(self._history.sessions(SessionQuery(limit=FORECAST_SESSIONS)).rows)
        names = dict.fromkeys(row.session_id for row in reversed(rows))
        found = [self._history.summary(name) for name in names]
        for name in set(wanted) - names.keys():
            with suppress(NotFound):
                found.append(self._history.summary(name))
        return found


def goal_json(state: GoalState) -> dict[str, Any]:
    """One line of `goals list --json`; times in ISO 8601."""
    return {
        **msgspec.to_builtins(state),
        "eta": iso(state.eta),
        "eta_80": [iso(at) for at in state.eta_80] if state.eta_80 else None,
        "completed_at": iso(state.completed_at),
    }
