"""The learning export: everything a `LearningProgressTracker` holds, as one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.progress import Convergence, LearningEvent
from combatlens.learning.progress_goals import GoalProgress
from combatlens.services.files import write_whole

FORMAT = "combatlens-learning-progress"
VERSION = 1


@dataclass(frozen=True)
class Contents:
    """What is exported. The totals also count what the bounded history has let go."""

    events: list[LearningEvent]
    convergences: list[Convergence]
    goals: dict[str, GoalProgress]
    goal_values: dict[str, list[tuple[float, float]]]
    total_events: int
    total_convergences: int
    first_event_at: float | None

    def joined(self, other: Contents) -> Contents:
        """Both, in order of time, each event once; goals of `other` win."""
        known = {_key(e) for e in self.events}
        events = [e for e in other.events if _key(e) not in known]
        convergences = [c for c in other.convergences if c not in set(self.convergences)]
        firsts = [t for t in (self.first_event_at, other.first_event_at) if t is not None]
        return Contents(
            events=sorted([*self.events, *events], key=lambda e: e.timestamp),
            convergences=sorted([*self.convergences, *convergences], key=lambda c: c.timestamp),
            goals=self.goals | other.goals,
            goal_values=self.goal_values | other.goal_values,
            total_events=self.total_events + len(events),
            total_convergences=self.total_convergences + len(convergences),
            first_event_at=min(firsts, default=None),
        )


def write_export(path: str | Path, contents: Contents, report: dict[str, Any], *, now: float) -> Path:
    """Write `contents` and the report over them; `now` in Unix seconds. Raises EnvironmentFault."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now,
        "total_learning_events": contents.total_events,
        "total_convergences": contents.total_convergences,
        "first_event_at": contents.first_event_at,
        "learning_events": [e.to_dict() for e in contents.events],
        "goals": {goal_id: g.to_dict() for goal_id, g in contents.goals.items()},
        "goal_values": contents.goal_values,
        "convergence_history": [asdict(c) for c in contents.convergences],
        "learning_report": report,
    }
    target = Path(path).expanduser()
    write_whole(target, json.dumps(data, indent=1, default=_plain).encode() + b"\n")
    return target


def read_export(path: str | Path) -> Contents:
    """Read what `write_export` wrote. Raises EnvironmentFault for any other file."""
    try:
        data = json.loads(Path(path).expanduser().read_bytes())
        if data["format"] != FORMAT or data["version"] > VERSION:
            raise EnvironmentFault(f"{path} holds {data['format']} {data['version']}", "update CombatLens to read it")
        return Contents(
            events=[LearningEvent(**event) for event in data["learning_events"]],
            convergences=[Convergence(**c) for c in data["convergence_history"]],
            goals={goal_id: _goal(goal) for goal_id, goal in data["goals"].items()},
            goal_values={g: [(float(t), float(v)) for t, v in seen] for g, seen in data["goal_values"].items()},
            total_events=int(data["total_learning_events"]),
            total_convergences=int(data["total_convergences"]),
            first_event_at=data["first_event_at"],
        )
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EnvironmentFault(f"{path} is no learning export ({error})", "export it again") from error


def _goal(data: dict[str, Any]) -> GoalProgress:
    values = {f.name: data[f.name] for f in fields(GoalProgress)}
    bounds = values["score_bounds"]
    return GoalProgress(**{**values, "score_bounds": tuple(bounds) if bounds else None})


def _key(event: LearningEvent) -> tuple[object, ...]:
    return (event.timestamp, event.task_type, event.performance_score, event.learning_rate, event.episode_count)


def _plain(value: object) -> object:
    """numpy's numbers and arrays as plain ones, anything else as its text."""
    tolist = getattr(value, "tolist", None)
    return tolist() if tolist else str(value)
