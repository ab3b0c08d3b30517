"""The live picture that everyone pulls, and the control surface that everyone pushes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from combatlens.domain.events import Death, Event, Kill, Mark, Occurrence, SessionOp
from combatlens.domain.snapshot import Health, LiveStatus, Snapshot
from combatlens.ports import Clock, Receipt, Recorder

ALERTS_SHOWN, ALERTS_SHOWN_S = 20, 3600.0


class LiveService:
    """Holds the newest snapshots; `status` is cheap and safe from any thread."""

    def __init__(
        self, clock: Clock, *, character: str, profile: str, version: str, health: Callable[[], Iterable[Health]]
    ) -> None:
        self._clock = clock
        self._character = character
        self._profile = profile
        self._version = version
        self._health = health
        self._snapshots: dict[str, Snapshot] = {}
        self._alerts: tuple[tuple[float, Mapping[str, Any]], ...] = ()

    def publish(self, snapshots: dict[str, Snapshot]) -> None:
        """Called on the recorder's thread; the dictionary is never changed afterwards."""
        self._snapshots = snapshots

    def note_alert(self, alert: Mapping[str, Any]) -> None:
        """A new alert, as CONTRACT prints it; always called on one thread. It is shown for ALERTS_SHOWN_S."""
        self._alerts = ((self._clock.now(), alert), *self._alerts)[:ALERTS_SHOWN]

    def status(self, character: str = "") -> LiveStatus:
        snapshots = self._snapshots
        wanted = character or self._character
        current = snapshots.get(wanted)
        if current is None and not character and snapshots:
            current = max(snapshots.values(), key=lambda s: s.last_event_at or 0.0)
        if current is None:
            current = Snapshot(character=wanted, profile=self._profile, at=self._clock.now())
        since = self._clock.now() - ALERTS_SHOWN_S
        alerts = tuple(alert for told_at, alert in self._alerts if told_at >= since)
        return LiveStatus(current, tuple(snapshots.values()), tuple(self._health()), self._version, alerts)


class ControlService:
    """`ports.Control` over a recorder. `source` tells who asks: app, hotkey or bot.

    Without a character it is about the session that is shown: a bot may play another one than the profile names.
    `shown(character)` is its picture. A start alone is the profile's character's.
    """

    def __init__(self, recorder: Recorder, clock: Clock, shown: Callable[[str], Snapshot], source: str = "app") -> None:
        self._recorder = recorder
        self._clock = clock
        self._shown = shown
        self._source = source

    def start(
        self,
        *,
        session_id: str | None = None,
        mode: str | None = None,
        build: str | None = None,
        zone: str | None = None,
        character: str = "",
    ) -> Future[Receipt]:
        start = SessionOp(op="start", session_id=session_id, mode=mode, build=build, zone=zone)
        return self._submit(start, None, character)

    def pause(self, *, character: str = "") -> Future[Receipt]:
        return self._send(SessionOp(op="pause"), None, character)

    def resume(self, *, character: str = "") -> Future[Receipt]:
        return self._send(SessionOp(op="resume"), None, character)

    def toggle_pause(self, *, character: str = "") -> Future[Receipt]:
        shown = self._shown(character)
        turn = self.resume if "user" in shown.pause_reasons else self.pause
        return turn(character=shown.character)

    def end(self, *, character: str = "") -> Future[Receipt]:
        return self._send(SessionOp(op="end"), None, character)

    def mark(self, label: str, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._send(Mark(label=label), at, character)

    def count_kill(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._send(Kill(), at, character)

    def count_death(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._send(Death(), at, character)

    def _send(self, event: Event, at: float | None, character: str) -> Future[Receipt]:
        return self._submit(event, at, character or self._shown("").character)

    def _submit(self, event: Event, at: float | None, character: str) -> Future[Receipt]:
        moment = self._clock.now() if at is None else at
        return self._recorder.submit([Occurrence(event, moment, self._source)], character=character)
