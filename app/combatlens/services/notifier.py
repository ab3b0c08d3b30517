"""Alerts as messages: few, and not at night. What comes in a quiet time waits and goes out as one message after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings

log = logging.getLogger(__name__)

SEVERITIES = ("low", "medium", "high")
RETRY_S = 60.0
MOST = 50
"""So many wait at most; of more the newest are kept."""

FRESH_S = 3600.0
"""An alert of an imported session is history: only what was detected within the last hour is sent."""

Alerts = Sequence[Mapping[str, Any]]


class Notifier:
    """One thread's. `send` takes the alerts of one message and raises EnvironmentFault when they could not be sent."""

    def __init__(self, settings: AlertSettings, send: Callable[[Alerts], None], zone: tzinfo | None = None) -> None:
        self._settings = settings
        self._send = send
        self._zone = zone
        self._waiting: list[Mapping[str, Any]] = []
        self._told: dict[tuple[str | None, str], None] = {}
        self._next_at = 0.0
        self.fault: EnvironmentFault | None = None

    def follow(self, settings: AlertSettings) -> None:
        """The user changed the settings: what waits goes out by the new ones, and at once if it may."""
        self._settings, self.fault, self._next_at = settings, None, 0.0

    def offer(self, alert: Mapping[str, Any], now: float) -> None:
        """An alert as CONTRACT prints it. Each kind goes out once a session."""
        key = (alert["session_id"], alert["kind"])
        grave = SEVERITIES.index(alert["severity"]) >= SEVERITIES.index(self._settings.severity)
        fresh = now - datetime.fromisoformat(alert["detected_at"]).timestamp() <= FRESH_S
        if grave and fresh and key not in self._told:
            self._told[key] = None
            self._told = dict(list(self._told.items())[-1000:])
            self._waiting = [*self._waiting, alert][-MOST:]

    def tick(self, now: float) -> None:
        """Send what waits, unless it is quiet. `now`: Unix seconds."""
        if not self._waiting or now < self._next_at or self.is_quiet(now):
            return
        try:
            self._send(self._waiting)
        except EnvironmentFault as fault:
            if self.fault is None:
                log.warning("alerts could not be sent: %s", fault)
            self.fault, self._next_at = fault, now + RETRY_S
            return
        self.fault, self._waiting = None, []
        self._next_at = now + self._settings.quiet_minutes * 60

    def is_quiet(self, now: float) -> bool:
        """Whether it is between `quiet_from` and `quiet_until`, on the clock here; the span may go over midnight."""
        begin, end = self._settings.quiet_from, self._settings.quiet_until
        if not begin or not end:
            return False
        here = datetime.fromtimestamp(now, UTC).astimezone(self._zone).strftime("%H:%M")
        return begin <= here < end if begin <= end else here >= begin or here < end
