"""Alerts of a running application: from the live picture and from the learner, to the API and to a webhook."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from combatlens.adapters import webhook
from combatlens.bootstrap.core import Core
from combatlens.domain.settings import AlertSettings
from combatlens.domain.snapshot import Health
from combatlens.learning.live.alerts import to_json
from combatlens.learning.live.slow import WINDOW_S
from combatlens.services.live_alerts import LiveAlerts
from combatlens.services.notifier import Notifier

TICK_S = 1.0


def try_out(settings: AlertSettings) -> None:
    """Send one message that says what it is. Raises EnvironmentFault."""
    told = {"kind": "test", "severity": "low", "session_id": None, "message": "a test; alerts will come like this"}
    webhook.post(settings.webhook, [told], settings.template)


class Alerting:
    """A thread that watches once a second. `push` gets every new alert, as CONTRACT prints it."""

    def __init__(self, core: Core, push: Callable[[Mapping[str, Any]], None]) -> None:
        self._core = core
        self._push = push
        self._learned: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._live = LiveAlerts(core.history.insights, lambda alert: self._tell(to_json(alert)))
        self._settings = core.settings.alerts
        self._changed: queue.SimpleQueue[AlertSettings] = queue.SimpleQueue()
        self._notifier = Notifier(
            self._settings, lambda alerts: webhook.post(self._settings.webhook, alerts, self._settings.template)
        )
        self.follow = self._changed.put
        """New settings, from any thread; they hold from the next look on."""
        core.on_alerts.append(self._learned.put)
        core.extra_health.append(self.health)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def health(self) -> Iterator[Health]:
        fault = self._notifier.fault
        if fault is not None:
            yield Health("webhook", "warning", fault.what, fault.remedy, self._core.clock.now())

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            self.tick()

    def tick(self) -> None:
        """One look."""
        while not self._changed.empty():
            self._settings = self._changed.get()
            self._notifier.follow(self._settings)
        status, now = self._core.live.status(), self._core.clock.now()
        self._live.feed(status.characters, status.health, now, self._core.intake.delays(now - WINDOW_S))
        while not self._learned.empty():
            self._tell(self._learned.get())
        if self._settings.webhook:
            self._notifier.tick(now)

    def _tell(self, alert: Mapping[str, Any]) -> None:
        self._core.live.note_alert(alert)
        self._push(alert)
        if self._settings.webhook:
            self._notifier.offer(alert, self._core.clock.now())
