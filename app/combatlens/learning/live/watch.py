"""The watch over a running session: fed with snapshots, it answers with new alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from combatlens.domain.snapshot import Health, Snapshot
from combatlens.learning.live.alerts import DEATHS_IN_A_ROW, STALL_S, Alert, RateWatch, death_alert, stall_alert
from combatlens.learning.live.cusum import Baseline

MINUTE_S = 60.0
LEAST_FIGHT_S = 10.0
SOURCE_PATIENCE_S = 30.0


def baselines_for(insights: Mapping[str, Any], character: str, profile: str, build: str | None) -> dict[str, Baseline]:
    """What the last insights say a minute of this character is usually like; {} where they say nothing."""
    for row in insights.get("baselines", []):
        if (row["character"], row["profile"], row["build"]) == (character, profile, build):
            return {metric: Baseline(*row[metric]) for metric in ("xp_per_hour", "dps", "success_rate")}
    return {}


class SessionWatch:
    """One character's running session. Feed it about once a second; it keeps nothing but the last minute's sums."""

    def __init__(
        self, session_id: str, baselines: Mapping[str, Baseline] | None = None, *, stall_s: float = STALL_S
    ) -> None:
        self.session_id = session_id
        self._rates = RateWatch(session_id, baselines)
        self._stall_s = stall_s
        self._mark: Snapshot | None = None
        self._stalled_since: float | None = None
        self._kills = self._deaths = 0
        self._streak = 0
        self._streak_since = 0.0
        self._streak_told = False
        self._context: tuple[str | None, str | None] = (None, None)
        self._changed = ""

    def feed(self, snapshot: Snapshot) -> list[Alert]:
        """New alerts at this snapshot; an alert is raised once, and again only after things were well in between."""
        if snapshot.session_id != self.session_id:
            return []
        found = [*self._stall(snapshot), *self._death(snapshot)]
        self._note_change(snapshot)
        if self._mark is None:
            self._mark = snapshot
        elif snapshot.active_s - self._mark.active_s >= MINUTE_S:
            found.extend(self._minute(self._mark, snapshot))
            self._mark = snapshot
        return found

    def _minute(self, before: Snapshot, now: Snapshot) -> list[Alert]:
        minutes = (now.active_s - before.active_s) / MINUTE_S
        start = now.at - MINUTE_S
        rates = {"xp_per_hour": (now.xp_gained - before.xp_gained) / minutes}
        fought = _fight_s(now) - _fight_s(before)
        if fought >= LEAST_FIGHT_S:
            rates["dps"] = (now.damage_dealt - before.damage_dealt) / fought
        uses, successes = (a - b for a, b in zip(_uses(now), _uses(before), strict=True))
        alerts = [self._rates.feed(metric, start, rate, self._changed) for metric, rate in rates.items()]
        if uses > 0:
            alerts.append(self._rates.feed_uses(start, successes, uses, self._changed))
        return [alert for alert in alerts if alert is not None]

    def _stall(self, snapshot: Snapshot) -> list[Alert]:
        """Idleness pauses a session by itself, so that this asks how long nothing came, not how long it is active."""
        last = snapshot.last_event_at
        paused = set(snapshot.pause_reasons) - {"idle"}
        if last is None or paused or snapshot.at - last < self._stall_s:
            self._stalled_since = None
            return []
        if self._stalled_since == last:
            return []
        self._stalled_since = last
        return [stall_alert(last, snapshot.at, self.session_id)]

    def _death(self, snapshot: Snapshot) -> list[Alert]:
        if snapshot.kills > self._kills:
            self._streak, self._streak_told = 0, False
        elif snapshot.deaths > self._deaths:
            if self._streak == 0:
                self._streak_since = snapshot.at
            self._streak += snapshot.deaths - self._deaths
        self._kills, self._deaths = snapshot.kills, snapshot.deaths
        if self._streak < DEATHS_IN_A_ROW or self._streak_told:
            return []
        self._streak_told = True
        return [death_alert(self._streak, self._streak_since, snapshot.at, self.session_id)]

    def _note_change(self, snapshot: Snapshot) -> None:
        now = (snapshot.build, snapshot.zone)
        if self._mark is not None and now != self._context:
            both = zip(("build", "zone"), now, self._context, strict=True)
            self._changed = ", ".join(f"{word} is now {value}" for word, value, old in both if value and value != old)
        self._context = now


def _fight_s(snapshot: Snapshot) -> float:
    """Seconds in encounters so far, from what the snapshot tells: damage / damage per second."""
    return snapshot.damage_dealt / snapshot.dps if snapshot.dps else 0.0


def _uses(snapshot: Snapshot) -> tuple[float, float]:
    return (
        float(sum(skill.uses for skill in snapshot.skills)),
        sum(skill.uses * skill.success_rate for skill in snapshot.skills),
    )


class SourceWatch:
    """Raises an alert when a source or the reader has been unwell for a while."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def feed(self, health: Sequence[Health], now: float, session_id: str) -> list[Alert]:
        found = []
        for one in health:
            if one.state not in ("warning", "failed"):
                self._since.pop(one.name, None)
                self._told.discard(one.name)
                continue
            since = self._since.setdefault(one.name, now)
            if now - since >= SOURCE_PATIENCE_S and one.name not in self._told:
                self._told.add(one.name)
                found.append(
                    Alert(
                        kind="reader_unsure" if one.name == "screen" and one.state == "warning" else "source_silent",
                        severity="high" if one.state == "failed" else "medium",
                        since=since,
                        detected_at=now,
                        session_id=session_id,
                        metric=one.name,
                        message=f"{one.name}: {one.message}{'; ' + one.remedy if one.remedy else ''}",
                    )
                )
        return found
