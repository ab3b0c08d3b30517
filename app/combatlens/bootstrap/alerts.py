"""The live alerts of a running application, and the advice that its API hands to bots."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections.abc import Callable
from typing import Any

from combatlens.bootstrap.core import Core, worker_command
from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.live.alerts import Alert
from combatlens.services.live_alerts import LiveAlerts

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
ANSWER_S = 60.0


class AlertWatch:
    """Looks at the live picture once a second. `listeners` get each alert on its thread."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.listeners: list[Callable[[Alert], None]] = []
        self._alerts = LiveAlerts(core.history.insights, self._tell)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        live, clock = self._core.live, self._core.clock
        while not self._stop.wait(LOOK_EVERY_S):
            status = live.status()
            self._alerts.feed(list(status.characters), list(status.health), clock.now())

    def _tell(self, alert: Alert) -> None:
        log.info("alert: %s", alert.message)
        for listener in tuple(self.listeners):
            listener(alert)


class Advice:
    """`adapters.bot_api.backend.Advisor`: recommendations from the insights; progress by a program of its own.

    Progress and goals need scipy, which stays out of this process.
    """

    def __init__(self, core: Core) -> None:
        self._history = core.history
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
