"""The user's goals: `<home>/goals.json`, and how far they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.present import iso
from combatlens.domain.records import SessionSummary
from combatlens.learning.goal_metrics import Direction
from combatlens.learning.goals import Goal, GoalState, goal_chance, goal_state, make_goal
from combatlens.ports import Clock, History, SessionQuery
from combatlens.services.files import set_aside, write_whole

FORECAST_SESSIONS = 60
_LOCK_SECONDS = 10.0


class GoalBook:
    """Goals in a file, and their state over the sessions of `history`. Several programs may use it at once."""

    def __init__(self, path: Path, history: History, clock: Clock) -> None:
        self._path = path
        self._history = history
        self._clock = clock

    def goals(self) -> list[Goal]:
        """All goals, oldest first. A file that cannot be used is set aside."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Goal])
        except FileNotFoundError:
            return []
        except OSError as error:
            raise EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", "check its rights") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            aside = set_aside(self._path, self._clock)
            raise EnvironmentFault(f"the goals could not be read ({error})", f"they are kept in {aside}") from error

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
        with self._locked():
            goals = self.goals()
            name = goal_id or _free_id(metric, goals)
            if any(g.goal_id == name for g in goals):
                raise EnvironmentFault(f"there is a goal {name!r} already", "remove it first, or choose another id")
            goal = make_goal(
                name, metric, target, self._sessions(self._clock.now()), now=self._clock.now(),
                description=description, direction=direction, character=character,
            )  # fmt: skip
            self._write([*goals, goal])
        return goal

    def remove(self, goal_id: str) -> Goal:
        """Forget a goal. Raises NotFound."""
        with self._locked():
            goals = self.goals()
            gone = next((g for g in goals if g.goal_id == goal_id), None)
            if gone is None:
                known = ", ".join(g.goal_id for g in goals) or "none"
                raise NotFound(f"there is no goal {goal_id!r} (known: {known})", "see combatlens goals list")
            self._write([g for g in goals if g is not gone])
        return gone

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

    def _write(self, goals: Sequence[Goal]) -> None:
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(goals), indent=2) + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                yield
        except Timeout:
            raise EnvironmentFault("another program changes the goals", "try again") from None


def goal_json(state: GoalState) -> dict[str, Any]:
    """One line of `goals list --json`; times in ISO 8601."""
    return {
        **msgspec.to_builtins(state),
        "eta": iso(state.eta),
        "eta_80": [iso(at) for at in state.eta_80] if state.eta_80 else None,
        "completed_at": iso(state.completed_at),
    }


def _free_id(metric: str, goals: Sequence[Goal]) -> str:
    taken = {g.goal_id for g in goals}
    base = "_".join("".join(c if c.isalnum() else " " for c in metric).split()).lower()
    return next(name for n in range(1, len(goals) + 2) if (name := base if n == 1 else f"{base}_{n}") not in taken)
