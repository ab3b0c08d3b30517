"""Progress of a bot's learning, for bots: events, goals, curves, trend, convergence, a report and a picture.

>>> tracker = LearningProgressTracker()
>>> event = tracker.record_learning_event("aiming", 0.8, learning_rate=0.01, episode_count=1, convergence_metric=0.2)
>>> tracker.get_real_time_metrics()["total_learning_events"]
1

Everything is kept in memory, at most `max_history` events; `export_learning_data` writes it to a file. Safe to use
from any thread.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from combatlens.adapters.clock import SystemClock
from combatlens.api.progress_export import Contents, read_export, write_export
from combatlens.domain.errors import NotFound
from combatlens.learning.goal_metrics import Direction
from combatlens.learning.progress import (
    Convergence,
    LearningEvent,
    convergence_analysis,
    finite,
    learning_report,
    real_time_metrics,
    smoothed,
    trend,
)
from combatlens.learning.progress_goals import GoalProgress, updated
from combatlens.ports import Clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["GoalProgress", "LearningEvent", "LearningProgressTracker"]

log = logging.getLogger(__name__)

GOAL_VALUES_KEPT = 500
_DIRECTIONS: dict[str, Direction] = {"up": "up", "higher": "up", "down": "down", "lower": "down"}


class LearningProgressTracker:
    """Records scored tries and goals, and says how they go.

    `max_history`: events kept, the oldest go first. `convergence_threshold`: a task has converged when its metric
    falls to this value; it can converge again after having risen above it.
    """

    def __init__(
        self, max_history: int = 50_000, *, convergence_threshold: float = 0.01, clock: Clock | None = None
    ) -> None:
        if max_history < 1:
            raise ValueError(f"max_history must be at least 1, not {max_history}")
        self.max_history = max_history
        self.convergence_threshold = convergence_threshold
        self.learning_events: deque[LearningEvent] = deque(maxlen=max_history)
        self.goals: dict[str, GoalProgress] = {}
        self.convergence_history: deque[Convergence] = deque(maxlen=max_history)
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._total_events = 0
        self._total_convergences = 0
        self._first_event_at: float | None = None
        self._converged: set[str] = set()
        self._goal_values: dict[str, deque[tuple[float, float]]] = {}
        self._callbacks: list[Callable[[LearningEvent], object]] = []
        self._goal_callbacks: list[Callable[[GoalProgress], object]] = []

    def record_learning_event(
        self,
        task_type: str,
        performance_score: float,
        learning_rate: float,
        episode_count: int,
        convergence_metric: float,
        **metadata: Any,
    ) -> LearningEvent:
        """Record one scored try; further keywords are kept as its metadata. Raises ValueError for what is no number."""
        if not isinstance(task_type, str) or not task_type:
            raise ValueError(f"task_type must be a name, not {task_type!r}")
        if episode_count < 0:
            raise ValueError(f"episode_count must not be negative, not {episode_count!r}")
        event = LearningEvent(
            timestamp=self._clock.now(),
            task_type=task_type,
            performance_score=finite("performance_score", performance_score),
            learning_rate=finite("learning_rate", learning_rate),
            episode_count=int(episode_count),
            convergence_metric=finite("convergence_metric", convergence_metric),
            metadata=dict(metadata),
        )
        with self._lock:
            self._take(event)
            self._total_events += 1
            listeners = tuple(self._callbacks)
        _tell(listeners, event)
        return event

    def create_goal(
        self,
        goal_id: str,
        description: str,
        target_performance: float,
        direction: str | None = None,
        score_bounds: tuple[float, float] | None = None,
    ) -> GoalProgress:
        """A new goal; one of the same id starts over.

        `direction`: up or higher, down or lower; None: the first value tells. `score_bounds`: the values that the
        score can take. Raises ValueError for a target outside `score_bounds` or an unknown direction.
        """
        target = finite("target_performance", target_performance)
        if direction is not None and direction not in _DIRECTIONS:
            raise ValueError(f"direction must be one of {', '.join(_DIRECTIONS)}, not {direction!r}")
        if score_bounds is not None and not score_bounds[0] <= target <= score_bounds[1]:
            raise ValueError(f"the target {target:g} is outside the bounds {score_bounds[0]:g} … {score_bounds[1]:g}")
        goal = GoalProgress(
            goal_id=goal_id,
            goal_description=description,
            creation_time=self._clock.now(),
            target_performance=target,
            current_performance=0.0,
            completion_percentage=0.0,
            direction=_DIRECTIONS[direction] if direction else None,
            score_bounds=score_bounds,
        )
        with self._lock:
            self.goals[goal_id] = goal
            self._goal_values[goal_id] = deque(maxlen=GOAL_VALUES_KEPT)
        return goal

    def update_goal_progress(self, goal_id: str, current_performance: float) -> GoalProgress:
        """The goal's newest value. Raises NotFound, or ValueError for a value outside the goal's bounds."""
        with self._lock:
            before = self._goal(goal_id)
            now = self._clock.now()
            values = self._goal_values.setdefault(goal_id, deque(maxlen=GOAL_VALUES_KEPT))
            after = updated(before, current_performance, now, [*values, (now, float(current_performance))])
            values.append((now, after.current_performance))
            self.goals[goal_id] = after
            listeners = tuple(self._goal_callbacks) if after.is_completed and not before.is_completed else ()
        _tell(listeners, after)
        return after

    def remove_goal(self, goal_id: str) -> None:
        """Forget a goal. Raises NotFound."""
        with self._lock:
            self._goal(goal_id)
            del self.goals[goal_id]
            self._goal_values.pop(goal_id, None)

    def get_goal_summary(self) -> dict[str, Any]:
        """How many goals are completed and active, and each goal's state by its id."""
        with self._lock:
            goals = list(self.goals.values())
        done = sum(g.is_completed for g in goals)
        return {
            "total_goals": len(goals),
            "completed_goals": done,
            "active_goals": len(goals) - done,
            "completion_rate": done / len(goals) if goals else 0.0,
            "average_completion": sum(g.completion_percentage for g in goals) / len(goals) if goals else 0.0,
            "goals": {g.goal_id: g.to_dict() for g in goals},
        }

    def get_learning_curve(self, task_type: str, window_size: int = 1) -> tuple[list[float], list[float]]:
        """Times (Unix seconds) and scores of a task, smoothed: the mean of each and the `window_size` − 1 before it."""
        events = self._events_of(task_type)
        return [e.timestamp for e in events], smoothed([e.performance_score for e in events], window_size)

    def get_performance_trend(self, task_type: str) -> dict[str, float | int]:
        """`trend` (score per event), its `confidence` 0–1, `recent_avg`, `improvement_rate` and `event_count`."""
        return trend([e.performance_score for e in self._events_of(task_type)])

    def get_convergence_analysis(self) -> dict[str, Any]:
        """`total_convergences`, `convergence_rate` per hour, and `task_statistics` by task."""
        with self._lock:
            hours = 0.0
            if self._first_event_at is not None and self.learning_events:
                hours = (self.learning_events[-1].timestamp - self._first_event_at) / 3600
            return convergence_analysis(list(self.convergence_history), self._total_convergences, hours)

    def generate_learning_report(self) -> dict[str, Any]:
        """The whole picture: overall performance, learning dynamics, each task, goals and convergence."""
        with self._lock:
            return learning_report(
                list(self.learning_events),
                total=self._total_events,
                goals=self.get_goal_summary(),
                convergence=self.get_convergence_analysis(),
                now=self._clock.now(),
            )

    def get_real_time_metrics(self) -> dict[str, Any]:
        """A few numbers for a dashboard; `performance_trend` is a word, over the task of the newest event."""
        with self._lock:
            latest = self.learning_events[-1] if self.learning_events else None
            goals = self.get_goal_summary()
            scores = [e.performance_score for e in self._events_of(latest.task_type)] if latest else []
            return real_time_metrics(
                latest, scores, total=self._total_events, active_goals=goals["active_goals"],
                completed_goals=goals["completed_goals"], now=self._clock.now(),
            )  # fmt: skip

    def visualize_learning_progress(
        self, task_types: Sequence[str] | None = None, save_path: str | Path | None = None
    ) -> Figure:
        """A figure of four panels: curves, distribution of scores, learning rate, goals. Needs `combatlens[plots]`."""
        from combatlens.api.progress_figure import draw

        with self._lock:
            events, goals = list(self.learning_events), list(self.goals.values())
        wanted = task_types if task_types is not None else list(dict.fromkeys(e.task_type for e in events))
        return draw(events, goals, wanted, save_path)

    def export_learning_data(self, path: str | Path) -> Path:
        """Write everything as JSON, whole or not at all."""
        with self._lock:
            return write_export(path, self._contents(), self.generate_learning_report(), now=self._clock.now())

    def import_learning_data(self, path: str | Path) -> int:
        """Add what `export_learning_data` wrote, nothing twice. Answers with the number of events added.

        Goals of the same id are replaced. Raises EnvironmentFault for another file.
        """
        found = read_export(path)
        with self._lock:
            before = len(self.learning_events) if self._total_events else 0
            merged = self._contents().joined(found) if self._total_events else found
            self.learning_events = deque(merged.events, maxlen=self.max_history)
            self.convergence_history = deque(merged.convergences, maxlen=self.max_history)
            self._total_events, self._total_convergences = merged.total_events, merged.total_convergences
            self._first_event_at = merged.first_event_at
            newest = {e.task_type: e.convergence_metric for e in self.learning_events}
            self._converged = {task for task, metric in newest.items() if metric <= self.convergence_threshold}
            self.goals.update(found.goals)
            for goal_id, seen in found.goal_values.items():
                self._goal_values[goal_id] = deque(seen, maxlen=GOAL_VALUES_KEPT)
            return len(merged.events) - before

    def add_callback(self, callback: Callable[[LearningEvent], object]) -> None:
        """Call `callback(event)` after every recorded event, on the recording thread. One that fails stops no other."""
        with self._lock:
            self._callbacks.append(callback)

    def remove_callback(self, callback: Callable[[LearningEvent], object]) -> None:
        """Call it no more."""
        with self._lock:
            self._callbacks.remove(callback)

    def add_goal_callback(self, callback: Callable[[GoalProgress], object]) -> None:
        """Call `callback(goal)` once when a goal is completed."""
        with self._lock:
            self._goal_callbacks.append(callback)

    def _contents(self) -> Contents:
        return Contents(
            events=list(self.learning_events),
            convergences=list(self.convergence_history),
            goals=dict(self.goals),
            goal_values={goal_id: list(values) for goal_id, values in self._goal_values.items()},
            total_events=self._total_events,
            total_convergences=self._total_convergences,
            first_event_at=self._first_event_at,
        )

    def _take(self, event: LearningEvent) -> None:
        self.learning_events.append(event)
        if self._first_event_at is None:
            self._first_event_at = event.timestamp
        if event.convergence_metric > self.convergence_threshold:
            self._converged.discard(event.task_type)
        elif event.task_type not in self._converged:
            self._converged.add(event.task_type)
            self._total_convergences += 1
            self.convergence_history.append(
                Convergence(event.timestamp, event.task_type, event.convergence_metric, event.episode_count)
            )

    def _events_of(self, task_type: str) -> list[LearningEvent]:
        with self._lock:
            return [e for e in self.learning_events if e.task_type == task_type]

    def _goal(self, goal_id: str) -> GoalProgress:
        goal = self.goals.get(goal_id)
        if goal is None:
            raise NotFound(f"there is no goal {goal_id!r}", "create it with create_goal first")
        return goal


def _tell(listeners: Sequence[Callable[[Any], object]], news: object) -> None:
    for listener in listeners:
        try:
            listener(news)
        except Exception:  # the user's own function: its fault is told and must not stop what it listens to
            log.exception("a callback failed")
