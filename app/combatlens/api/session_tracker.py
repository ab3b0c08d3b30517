"""The passive learning tracker: record a fight from a script in a few calls.

    from combatlens.api.session_tracker import start_session, record_skill_usage, end_session

Works with or without a running CombatLens. Every call returns once the event is on disk.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import NotAnswering
from combatlens.bootstrap.script import LocalRecording, RemoteRecording, ensure_accepted, open_recording
from combatlens.domain.errors import EnvironmentFault
from combatlens.identity import new_id

log = logging.getLogger(__name__)


class SessionState(Enum):
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ERROR = "error"


@dataclass
class SkillUsage:
    """One skill in one session."""

    skill_name: str
    usage_count: int = 0
    total_damage: int = 0
    average_damage: float = 0.0
    last_used: datetime | None = None
    success_rate: float = 1.0
    xp_per_use: float = 0.0


@dataclass
class CombatSession:
    """A session as it stands. Times are UTC."""

    session_id: str
    start_time: datetime
    end_time: datetime | None = None
    state: SessionState = SessionState.ACTIVE
    start_xp: int = 0
    current_xp: int = 0
    total_xp_gained: int = 0
    skills_used: dict[str, SkillUsage] = field(default_factory=dict)
    total_damage_dealt: int = 0
    total_damage_taken: int = 0
    kills: int = 0
    deaths: int = 0


class _Homes:
    """The recordings of this process. A home has one writer, so trackers of the same home share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[Home, str | None], tuple[LocalRecording, int]] = {}

    def enter(self, home: Home, profile: str | None) -> RemoteRecording | LocalRecording:
        """Raises HomeInUse, EnvironmentFault."""
        with self._lock:
            held = self._held.get((home, profile))
            recording = held[0] if held else open_recording(home, profile)
            if isinstance(recording, LocalRecording):
                self._held[home, profile] = (recording, held[1] + 1 if held else 1)
            return recording

    def leave(self, recording: RemoteRecording | LocalRecording) -> None:
        """The last one to leave lets go of the home."""
        with self._lock:
            for key, (held, users) in self._held.items():
                if held is recording and users > 1:
                    self._held[key] = (held, users - 1)
                    return
            self._held = {key: each for key, each in self._held.items() if each[0] is not recording}
            recording.close()


_homes = _Homes()


class PassiveLearningTracker:
    """Records into one home. It holds the home from the first record until `end_session` or `close`."""

    def __init__(self, home: str | None = None, profile: str | None = None) -> None:
        """`home`: the data folder (default: COMBATLENS_HOME, else the platform's); `profile`: a game profile's name."""
        self._home = Home.of(home)
        self._profile = profile
        self._recording: RemoteRecording | LocalRecording | None = None
        self._lock = threading.RLock()
        atexit.register(self.close)

    # the life of a session ----------------------------------------------------------------------------------------

    def start_session(self, session_id: str | None = None, mode: str | None = None) -> str:
        """Begin a session; one that is open ends. Returns its id: `session_id`, with a number where it was used."""
        event = {"type": "session", "op": "start", "session_id": session_id, "mode": mode}
        return str(self._record(event)["session_id"])

    def end_session(self) -> dict[str, Any]:
        """End the session. Returns its object of `combat_usage_log.json`, once that file and the insights are written.

        {} when no session is open.
        """
        try:
            return self._open().end()
        except EnvironmentFault as fault:
            log.warning("no session was ended: %s", fault)
            return {}
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the home. An open session stays open, and goes on with the next record."""
        with self._lock:
            recording, self._recording = self._recording, None
            if recording is not None:
                _homes.leave(recording)

    # what happens -------------------------------------------------------------------------------------------------

    def record_skill_usage(
        self, skill_name: str, damage: float = 0, xp_gained: float = 0, success: bool = True
    ) -> None:
        """One use of a skill. Raises EnvironmentFault for values out of range."""
        self._record({"type": "skill", "skill": skill_name, "damage": damage, "xp": xp_gained, "success": success})

    def record_kill(self, xp_gained: float = 0) -> None:
        self._record({"type": "kill", "xp": xp_gained})

    def record_death(self) -> None:
        self._record({"type": "death"})

    def update_xp(self, current_xp: float) -> None:
        """The XP counter as it stands now; the difference to the one before is the gain."""
        self._record({"type": "xp", "value": current_xp})

    def scan_xp_from_screen(self) -> int | None:
        """Read the XP in the profile's screen region and record it. None when it cannot be read; the log says why."""
        from combatlens.bootstrap.screen import read_xp_once

        with self._borrowed() as recording:
            try:
                event = read_xp_once(self._home, self._profile)
            except EnvironmentFault as fault:
                log.warning("the XP cannot be read: %s", fault)
                return None
            if event is None or event.get("value") is None:
                return None
            if recording.status()["status"] != "no_active_session":
                ensure_accepted(recording.send([event], "screen"))
            return int(event["value"])

    # what is known ------------------------------------------------------------------------------------------------

    def get_session_status(self) -> dict[str, Any]:
        """`status` is no_active_session, active or paused; with a session its figures beside it."""
        with self._borrowed() as recording:
            found = recording.status()
            status = str(found["status"])
            if status not in ("active", "paused"):
                return {"status": "no_active_session"}
            session = recording.session(str(found["session_id"]))
        return {
            **session,
            "status": status,
            "duration_minutes": float(found["active_s"]) / 60.0,
            "skills_used": len(session["skills"]),
            "current_xp": found["xp_value"],
        }

    @property
    def current_session(self) -> CombatSession | None:
        """The open session as a dataclass, None without one."""
        found = self.get_session_status()
        return None if found["status"] == "no_active_session" else _combat_session(found)

    def get_learned_insights(self) -> dict[str, Any]:
        """The object of `learned_combat_insights.json`; the same keys with nothing in them before the first session."""
        with self._borrowed() as recording:
            return recording.insights() or _nothing_learned()

    def get_skill_performance(self, skill_name: str) -> dict[str, Any] | None:
        """What was learned of one skill, None where it is not known."""
        found: dict[str, Any] | None = self.get_learned_insights()["skill_performance"].get(skill_name)
        return found

    def _open(self) -> RemoteRecording | LocalRecording:
        with self._lock:
            if self._recording is None:
                self._recording = _homes.enter(self._home, self._profile)
            return self._recording

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[RemoteRecording | LocalRecording]:
        """The recording; held only for this call when it was not held before."""
        held = self._recording is not None
        try:
            yield self._open()
        finally:
            if not held:
                self.close()

    def _record(self, event: dict[str, Any]) -> dict[str, Any]:
        told = {key: value for key, value in event.items() if value is not None}
        told["id"] = new_id(SystemClock().now())  # so that it counts once although it may be sent twice
        try:
            receipt = self._open().send([told])
        except NotAnswering:
            self.close()
            receipt = self._open().send([told])
        return ensure_accepted(receipt)


def _nothing_learned() -> dict[str, Any]:
    from combatlens.adapters.clock import SystemClock
    from combatlens.learning.insights import insights

    return insights((), SystemClock().now())


def _combat_session(found: dict[str, Any]) -> CombatSession:
    return CombatSession(
        session_id=found["session_id"],
        start_time=datetime.fromisoformat(found["start_time"]),
        state=SessionState(found["status"]),
        start_xp=int(found["start_xp"] or 0),
        current_xp=int(found["current_xp"] or 0),
        total_xp_gained=int(found["total_xp_gained"]),
        skills_used={name: _skill_usage(name, skill) for name, skill in found["skills"].items()},
        total_damage_dealt=int(found["total_damage_dealt"]),
        total_damage_taken=int(found["total_damage_taken"]),
        kills=found["kills"],
        deaths=found["deaths"],
    )


def _skill_usage(name: str, skill: dict[str, Any]) -> SkillUsage:
    last = skill["last_used"]
    return SkillUsage(
        skill_name=name,
        usage_count=skill["usage_count"],
        total_damage=int(skill["total_damage"]),
        average_damage=skill["average_damage"],
        last_used=datetime.fromisoformat(last) if last else None,
        success_rate=skill["success_rate"],
        xp_per_use=skill["xp_per_use"],
    )


_tracker: PassiveLearningTracker | None = None


def _shared() -> PassiveLearningTracker:
    """The tracker behind the global functions: the house's one named exception to "no module state"."""
    global _tracker
    if _tracker is None:
        _tracker = PassiveLearningTracker()
    return _tracker


def start_session(session_id: str | None = None, mode: str | None = None) -> str:
    """See `PassiveLearningTracker.start_session`."""
    return _shared().start_session(session_id, mode)


def end_session() -> dict[str, Any]:
    """See `PassiveLearningTracker.end_session`."""
    return _shared().end_session()


def record_skill_usage(skill_name: str, damage: float = 0, xp_gained: float = 0, success: bool = True) -> None:
    """See `PassiveLearningTracker.record_skill_usage`."""
    _shared().record_skill_usage(skill_name, damage, xp_gained, success)


def record_kill(xp_gained: float = 0) -> None:
    """See `PassiveLearningTracker.record_kill`."""
    _shared().record_kill(xp_gained)


def record_death() -> None:
    """See `PassiveLearningTracker.record_death`."""
    _shared().record_death()


def update_xp(current_xp: float) -> None:
    """See `PassiveLearningTracker.update_xp`."""
    _shared().update_xp(current_xp)


def scan_xp_from_screen() -> int | None:
    """See `PassiveLearningTracker.scan_xp_from_screen`."""
    return _shared().scan_xp_from_screen()


def get_session_status() -> dict[str, Any]:
    """See `PassiveLearningTracker.get_session_status`."""
    return _shared().get_session_status()


def get_learned_insights() -> dict[str, Any]:
    """See `PassiveLearningTracker.get_learned_insights`."""
    return _shared().get_learned_insights()


def get_skill_performance(skill_name: str) -> dict[str, Any] | None:
    """See `PassiveLearningTracker.get_skill_performance`."""
    return _shared().get_skill_performance(skill_name)
