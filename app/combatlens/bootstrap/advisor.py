"""What the API answers about learning: `adapters.bot_api.backend.Advisor` over a home."""

from __future__ import annotations

import json
from typing import Any

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.own_commands import answer_of, worker_command


class HomeAdvisor:
    """`adapters.bot_api.backend.Advisor`: recommendations from the insights; progress by a program of its own.

    Progress and goals need scipy, which stays out of this process.
    """

    def __init__(self, core: Core) -> None:
        self._history = core.history
        self._learner = core.learner
        self._command = worker_command("progress", "--home", str(core.home.root))

    def recommendations(self, character: str) -> list[dict[str, Any]]:  # noqa: ARG002 - one advice for all so far
        found: list[dict[str, Any]] = self._history.insights().get("recommendations", [])
        return found

    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("metrics")
        return found

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("report")
        return found

    def goals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("goals")
        return found

    def decided(self) -> None:
        self._learner.request()

    def _ask(self, what: str) -> Any:
        return json.loads(answer_of([*self._command, what]))
