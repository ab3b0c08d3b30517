"""Encounters and fights (METRICS): hostile events with no gap over `encounter_gap`, ended by the player's death."""

from __future__ import annotations

from msgspec import Struct

from combatlens.domain.records import EncounterRecord


class Running(Struct, gc=False):
    """The encounter that is going on."""

    start: float
    end: float
    targets: tuple[str, ...] = ()
    damage: float = 0.0
    damage_taken: float = 0.0
    uses: int = 0
    kills: int = 0
    deaths: int = 0
    xp: float = 0.0

    def frozen(self) -> EncounterRecord:
        outcome = "lost" if self.deaths else "won" if self.kills else "open"
        return EncounterRecord(
            start=self.start, end=self.end, targets=self.targets, damage=self.damage, damage_taken=self.damage_taken,
            uses=self.uses, kills=self.kills, deaths=self.deaths, xp=self.xp, outcome=outcome,
        )  # fmt: skip


class Encounters:
    """`seconds` is the time in encounters: from first to last hostile event of each, seconds."""

    __slots__ = ("closed", "closed_s", "current", "fights", "gap_s", "number")

    def __init__(self, gap_s: float) -> None:
        self.gap_s = gap_s
        self.current: Running | None = None
        self.closed: list[EncounterRecord] = []
        self.closed_s = 0.0
        self.number = 0
        self.fights: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        return self.closed_s + (self.current.end - self.current.start if self.current else 0.0)

    def under_way(self, at: float) -> bool:
        """Whether a hostile event at `at` would be of the running encounter."""
        return self.current is not None and at - self.current.end <= self.gap_s

    def joined(self, uses: int) -> None:
        """Uses told before have turned out to be of the running encounter."""
        if uses and self.current is not None:
            self.current.uses += uses

    def settle(self, at: float) -> None:
        """Close the encounter if its gap has passed at `at`."""
        if self.current is not None and at - self.current.end > self.gap_s:
            self._close()

    def hostile(self, at: float, target: str | None, dealt: float = 0.0, taken: float = 0.0, use: bool = False) -> None:
        """A skill on a target, damage dealt or damage taken."""
        current = self.current
        if current is None or at - current.end > self.gap_s:
            if current is not None:
                self._close()
            self.number += 1
            current = self.current = Running(at, at)
        current.end = at
        current.damage += dealt
        current.damage_taken += taken
        if use:
            current.uses += 1
        if target is not None and target not in self.fights:
            self.fights[target] = at
            if target not in current.targets:
                current.targets += (target,)

    def kill(self, at: float, target: str | None, xp: float) -> float | None:
        """A kill. Returns the length of its fight in seconds, None where no fight was seen."""
        self.settle(at)
        if self.current is not None:
            self.current.kills += 1
            self.current.xp += xp
        begun = self.fights.pop(target, None) if target is not None else None
        return None if begun is None else at - begun

    def death(self, at: float) -> None:
        """The player's death ends the encounter."""
        self.settle(at)
        if self.current is not None:
            self.current.deaths += 1
            self.current.end = at
            self._close()

    def finish(self) -> None:
        """The session has ended."""
        if self.current is not None:
            self._close()

    def _close(self) -> None:
        if self.current is not None:
            self.closed_s += self.current.end - self.current.start
            self.closed.append(self.current.frozen())
        self.current = None
        self.fights = {}

    def save(self) -> tuple[int, float, int, Running | None, dict[str, float]]:
        return len(self.closed), self.closed_s, self.number, _copy(self.current), dict(self.fights)

    def restore(self, saved: tuple[int, float, int, Running | None, dict[str, float]]) -> None:
        closed, self.closed_s, self.number, current, fights = saved
        del self.closed[closed:]
        self.current = _copy(current)
        self.fights = dict(fights)


def _copy(running: Running | None) -> Running | None:
    if running is None:
        return None
    return Running(
        running.start, running.end, running.targets, running.damage, running.damage_taken, running.uses, running.kills,
        running.deaths, running.xp,
    )  # fmt: skip
