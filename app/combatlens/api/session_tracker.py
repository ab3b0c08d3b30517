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
from typing import Any

from combatlens.adapters.clock import SystemClock
from combatlens.api.held_homes import HeldHomes
from combatlens.api.session_shapes import CombatSession, SessionState, SkillUsage, combat_session
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import NotAnswering
from combatlens.bootstrap.script import LocalRecording, RemoteRecording, ensure_accepted
from combatlens.domain.errors import EnvironmentFault
from combatlens.identity import new_id

__all__ = [
    "CombatSession", "PassiveLearningTracker", "SessionState", "SkillUsage", "end_session", "get_learned_insights",
    "get_session_status", "get_skill_performance", "record_death", "record_kill", "record_skill_usage",
    "scan_xp_from_screen", "start_session", "update_xp",
]  # fmt: skip

log = logging.getLogger(__name__)
_homes = HeldHomes()


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
        return None if found["status"] == "no_active_session" else combat_session(found)

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
