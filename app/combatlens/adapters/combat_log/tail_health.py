"""How a tail is, in one line for a person: what it reads, what it waits for, what is wrong and what to do about it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from combatlens.adapters.combat_log.follower import Block
from combatlens.domain.snapshot import Health, HealthState
from combatlens.ports import Clock

LATE_S = 10.0
"""A line that comes this much after its own time was held back by the game."""
AN_HOUR = 3000.0
"""Near enough to a whole hour to be a matter of zones."""


class TailHealth:
    """Said by the tail's thread, read by any."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._lock = Lock()
        self._health = Health(name, "starting", "looking for the combat log", since=clock.now())
        self._lines = self._unknown = 0
        self._late = 0.0

    def now(self) -> Health:
        with self._lock:
            return self._health

    @property
    def silent(self) -> bool:
        """Whether no line has come yet."""
        return self._lines == 0

    def note(self, path: Path, block: Block, *, calm: bool) -> None:
        """A block was read. `calm`: nothing lay in the file when it was last looked at."""
        if not block.lines:
            return
        now = self._clock.now()
        self._lines += block.lines
        self._unknown += block.unknown
        behind = now - block.events[0].at if block.events and calm else 0.0
        self._late = behind if LATE_S < behind < AN_HOUR else self._late * 0.9
        what = f"reading {path.name}: {self._lines} lines"
        if abs(behind) >= AN_HOUR:
            self.say(
                "warning", f"{what}; its clock is {behind / 3600:.1f} h behind", "set `timezone` in the profile's log"
            )
        elif self._late > LATE_S:
            self.say(
                "warning", f"{what}; the game writes them in bursts, up to {self._late:.0f} s late",
                "live rates follow in jumps; some games write their log only on a command",
            )  # fmt: skip
        elif self._lines >= 50 and self._unknown > self._lines * 0.3:
            self.say("warning", f"{what}, {self._unknown} not understood", "try `combatlens profiles check`")
        else:
            self.say("ok", what)

    def say(self, state: HealthState, message: str, remedy: str = "") -> None:
        with self._lock:
            since = self._health.since if self._health.state == state else self._clock.now()
            self._health = Health(self._name, state, message, remedy, since)
