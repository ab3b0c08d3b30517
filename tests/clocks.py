"""Clocks that tests move by hand."""

from __future__ import annotations

START = 1_700_000_000.0


class HandClock:
    """Stands still until `time` is set: Unix seconds, of both kinds."""

    def __init__(self, time: float = START) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class TickingClock(HandClock):
    """`step` seconds pass at each look at the time of day."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self.step = step

    def now(self) -> float:
        self.time += self.step
        return self.time
