"""Slow answers: events that come long after they happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from combatlens.learning.live.alerts import Alert

SLOW_S, VERY_SLOW_S = 1.0, 5.0
LEAST = 20
"""So many arrivals are needed to judge a source."""

WINDOW_S = 300.0
IMPORTED_S = 300.0
"""What comes later than this was imported: it says nothing about delays."""


def slow_alert(source: str, delay_p95_s: float, since: float, now: float, session_id: str) -> Alert:
    """`delay_p95_s`: one in twenty events of the source came later than this."""
    return Alert(
        kind="slow_answers",
        severity="high" if delay_p95_s > VERY_SLOW_S else "medium",
        since=since,
        detected_at=now,
        session_id=session_id,
        metric="delay_p95_s",
        expected=SLOW_S,
        observed=delay_p95_s,
        message=f"one in twenty events from {source} arrives more than {delay_p95_s:.1f} s late",
    )


class SlowWatch:
    """Raises an alert when a source's events come late, and again only after it was well in between."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def feed(self, delays: Mapping[str, Sequence[float]], now: float, session_id: str) -> list[Alert]:
        """`delays`: the newest of each source, seconds. `now`: Unix seconds."""
        found = []
        for source, seconds in delays.items():
            live = sorted(late for late in seconds if late <= IMPORTED_S)
            if len(live) < LEAST:
                continue
            p95 = live[int(0.95 * len(live))]
            if p95 <= SLOW_S:
                self._since.pop(source, None)
                self._told.discard(source)
                continue
            since = self._since.setdefault(source, now)
            if source not in self._told:
                self._told.add(source)
                found.append(slow_alert(source, p95, since, now, session_id))
        return found
