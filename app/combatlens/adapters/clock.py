"""The system's clock: UTC, anchored once and then advanced by a counter that runs on while the machine sleeps.

Between two anchors time never jumps, so a step of the wall clock by a second neither stretches nor shrinks a
session. When both drift apart by more than `MAX_DRIFT_S` (the user set the time, or the counter
stood still in suspend) the wall clock is right and the anchor is set anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MAX_DRIFT_S = 2.0


def suspend_counter() -> Callable[[], float]:
    """Seconds that never go back and, where the system offers it, count time in suspend.

    CLOCK_BOOTTIME on Linux; elsewhere `time.monotonic` (on Windows it counts suspend, on macOS it does not:
    there the wall clock re-anchors after waking).
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        boot = time.CLOCK_BOOTTIME
        return lambda: time.clock_gettime(boot)
    return time.monotonic


class SystemClock:
    """A `Clock` for the running application. Safe to use from any thread."""

    def __init__(self, *, wall: Callable[[], float] = time.time, counter: Callable[[], float] | None = None) -> None:
        self._wall = wall
        self._counter = counter or suspend_counter()
        self._lock = threading.Lock()
        self._anchor_wall, self._anchor_counter = wall(), self._counter()

    def now(self) -> float:
        """Unix seconds, UTC."""
        with self._lock:
            counter, wall = self._counter(), self._wall()
            now = self._anchor_wall + (counter - self._anchor_counter)
            if abs(wall - now) > MAX_DRIFT_S:
                self._anchor_wall, self._anchor_counter = wall, counter
                return wall
            return now

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""
        return self._counter()
