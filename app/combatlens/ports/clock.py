"""Time, as everything here is told it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The only time there is. UTC, anchored at the start and advanced by a clock that runs on in suspend."""

    def now(self) -> float:
        """Unix seconds, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""
