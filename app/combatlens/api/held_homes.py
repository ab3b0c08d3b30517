"""Trackers of one home share one recording."""

from __future__ import annotations

import threading

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.script import LocalRecording, RemoteRecording, open_recording


class HeldHomes:
    """The recordings that a process holds. A home has one writer."""

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
