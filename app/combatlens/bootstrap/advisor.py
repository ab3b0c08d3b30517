"""What the API answers about learning: `adapters.bot_api.backend.Advisor` over a home."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from combatlens.bootstrap.core import Core, worker_command
from combatlens.domain.errors import EnvironmentFault

ANSWER_S = 60.0


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
        try:
            done = subprocess.run(
                [*self._command, what], stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWER_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFault(f"progress could not be worked out: {error}", "ask again") from error
        if done.returncode != 0:
            raise EnvironmentFault("progress could not be worked out", done.stderr.decode(errors="replace")[-300:])
        return json.loads(done.stdout)
