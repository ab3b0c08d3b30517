"""The live alerts of a running application, and the advice that its API hands to bots."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from combatlens.bootstrap.core import Core
from combatlens.learning.live.alerts import Alert
from combatlens.services.goal_book import GoalBook
from combatlens.services.live_alerts import LiveAlerts
from combatlens.services.progress_board import ProgressBoard

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


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
    """`adapters.bot_api.backend.Advisor`: recommendations from the insights, progress and goals from the history."""

    def __init__(self, core: Core) -> None:
        self._history = core.history
        goals = GoalBook(core.home.root / "goals.json", core.history, core.clock)
        self._board = ProgressBoard(core.history, goals, core.clock)

    def recommendations(self, character: str) -> list[dict[str, Any]]:  # noqa: ARG002 - one advice for all so far
        found: list[dict[str, Any]] = self._history.insights().get("recommendations", [])
        return found

    def metrics(self) -> dict[str, Any]:
        return self._board.metrics()

    def report(self) -> dict[str, Any]:
        return self._board.report()

    def goals(self) -> list[dict[str, Any]]:
        return self._board.goals()
