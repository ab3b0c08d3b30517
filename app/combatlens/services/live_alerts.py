"""Alerts while recording: a watch for each open session, and one over the sources."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from combatlens.domain.snapshot import Health, Snapshot
from combatlens.learning.live.alerts import STALL_S, Alert
from combatlens.learning.live.slow import SlowWatch
from combatlens.learning.live.watch import SessionWatch, SourceWatch, baselines_for

KEPT = 100


class LiveAlerts:
    """Feed it the live snapshots about once a second, on one thread; `on_alert` gets each new alert there.

    `insights` gives the last `learned_combat_insights.json`, asked for once a session. `recent`: the newest alerts.
    """

    def __init__(
        self,
        insights: Callable[[], Mapping[str, Any]],
        on_alert: Callable[[Alert], None],
        *,
        stall_s: float = STALL_S,
    ) -> None:
        self._insights = insights
        self._on_alert = on_alert
        self._stall_s = stall_s
        self._watches: dict[str, SessionWatch] = {}
        self._sources = SourceWatch()
        self._slow = SlowWatch()
        self.recent: deque[Alert] = deque(maxlen=KEPT)

    def feed(
        self,
        snapshots: Sequence[Snapshot],
        health: Sequence[Health],
        now: float,
        delays: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        """`now`: Unix seconds; `delays`: of what arrived lately, by source, seconds. Watches of sessions that are over
        are let go."""
        found: list[Alert] = []
        watches: dict[str, SessionWatch] = {}
        for snapshot in snapshots:
            session_id = snapshot.session_id
            if session_id is None or snapshot.state not in ("active", "paused"):
                continue
            watch = self._watches.get(session_id) or self._begin(session_id, snapshot)
            watches[session_id] = watch
            found.extend(watch.feed(snapshot))
        self._watches = watches
        found.extend(self._sources.feed(health, now, next(iter(watches), "")))
        found.extend(self._slow.feed(delays or {}, now, next(iter(watches), "")))
        for alert in found:
            self.recent.append(alert)
            self._on_alert(alert)

    def _begin(self, session_id: str, snapshot: Snapshot) -> SessionWatch:
        known = baselines_for(self._insights(), snapshot.character, snapshot.profile, snapshot.build)
        return SessionWatch(session_id, known, stall_s=self._stall_s)
