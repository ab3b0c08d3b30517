"""What the windows change: goals, trials, learnings and settings."""

from __future__ import annotations

from typing import Any, Protocol

from combatlens.domain.settings import Settings


class Coach(Protocol):
    """What the windows ask about goals, trials and learnings. Blocking, for a worker thread; raises EnvironmentFault.

    Answers are the objects that the commands of the same names print with `--json`.
    """

    def goals(self) -> list[dict[str, Any]]: ...
    def add_goal(self, metric: str, target: float, description: str) -> None: ...
    def remove_goal(self, goal_id: str) -> None: ...
    def trials(self) -> list[dict[str, Any]]: ...
    def add_trial(self, kind: str, a: str, b: str) -> None: ...
    def remove_trial(self, trial_id: str) -> None: ...
    def learnings(self) -> dict[str, Any]:
        """`extracted_learnings.json`; {} before the first run."""

    def learn(self) -> None:
        """A run of `learn run`."""

    def patterns(self) -> list[dict[str, Any]]: ...
    def decide(self, recommendation_id: str, decision: str, notes: str) -> None:
        """Done after the commit. `decision`: accepted, modified or rejected."""


class SettingsStore(Protocol):
    def load(self) -> Settings: ...
    def save(self, settings: Settings) -> None:
        """Written whole or not at all."""
