"""What the windows ask about goals, trials and learnings. The sums need scipy: commands of our own make them."""

from __future__ import annotations

import json
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import msgspec

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.own_commands import ANSWER_S, answer_of, command_line
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Decision, Occurrence

LEARN_S, COMMIT_S = 600.0, 10.0


class HomeCoach:
    """`ports.Coach` over a home."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def goals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("goals", "list", "--json")
        return found

    def add_goal(self, metric: str, target: float, description: str) -> None:
        self._ask("goals", "add", "--json", "--description", description, "--", metric, repr(target))

    def remove_goal(self, goal_id: str) -> None:
        self._run("goals", "remove", "--", goal_id)

    def trials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("trial", "list", "--json")
        return found

    def add_trial(self, kind: str, a: str, b: str) -> None:
        self._ask("trial", "add", "--json", "--", kind, a, b)

    def remove_trial(self, trial_id: str) -> None:
        self._run("trial", "remove", "--", trial_id)

    def learnings(self) -> dict[str, Any]:
        path = self._core.home.root / "logs" / "extracted_learnings.json"
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise EnvironmentFault(f"{path} cannot be read: {error}", "learn anew") from error
        return found if isinstance(found, dict) else {}

    def learn(self) -> None:
        self._run("learn", "run", "--profile", self._core.profile.name, timeout=LEARN_S)

    def patterns(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("learn", "patterns", "--all", "--json")
        return found

    def decide(self, recommendation_id: str, decision: str, notes: str) -> None:
        """Raises EnvironmentFault where it is not committed within COMMIT_S."""
        event = msgspec.convert(
            {"type": "decision", "recommendation_id": recommendation_id, "decision": decision, "notes": notes or None},
            Decision,
        )
        done = self._core.recorder.submit([Occurrence(event, self._core.clock.now(), "app")])
        try:
            receipt = done.result(COMMIT_S)
        except NotYet:
            raise EnvironmentFault("the recorder is busy; what you decided is kept later", "look again") from None
        if receipt.rejected:
            raise EnvironmentFault(receipt.rejected[0].error)
        self._core.learner.request()

    def _ask(self, *arguments: str) -> Any:
        return json.loads(self._run(*arguments))

    def _run(self, *arguments: str, timeout: float = ANSWER_S) -> bytes:
        return answer_of(command_line("--home", str(self._core.home.root), *arguments), timeout)
