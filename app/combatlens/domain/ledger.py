"""The XP ledger: what the screen showed, what events named, and how the two explain each other (METRICS, "XP")."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from combatlens.domain.events import XpReading
from combatlens.domain.records import XpTotals

LAG_S = 1.5
"""The screen may show a gain this much later than the event that named it, or earlier than a slow log tells it.

A counter that a bot sends is taken at its word: no lag."""

UNTYPED = "experience"

PERCENT_FALL = 50.0
"""A lone percentage that falls by more points than this has begun a new level; a death costs less."""
_ROUNDING = 0.5

Counter = Literal["per_level", "total"]


class Reading(Struct, frozen=True):
    """A reading with the need it implies. Points, percent of the level (0 to 100), Unix seconds."""

    at: float
    value: float | None
    percent: float | None
    need: float | None
    level: int | None
    from_percent: bool = False
    """A lone percentage, turned into points by a need that was known before."""


class Change(Struct, frozen=True):
    """The difference of two readings. `gain` and `lost` in points (None: cannot be computed), `levels` in levels."""

    gain: float | None = None
    lost: float = 0.0
    levels: float = 0.0
    level_up: bool = False


def as_reading(event: XpReading, at: float, known_need: float | None) -> Reading:
    """The need is what the reading states, else value / percent, else (for a percentage alone) what is known."""
    need = event.needed or None
    if need is None and event.value is not None and event.percent:
        need = event.value * 100.0 / event.percent
    if need is None and event.value is None:
        need = known_need
    value = event.value
    if value is None and need is not None and event.percent is not None:
        value = need * event.percent / 100.0
    percent = event.percent
    if percent is None and need and value is not None and value <= need:
        percent = value * 100.0 / need
    lone = event.value is None and event.needed is None
    return Reading(at, value, percent, need, event.level, lone)


def change(old: Reading, new: Reading, counter: Counter) -> Change:
    """What happened between two consecutive readings (METRICS: level-up, loss, new baseline)."""
    if counter == "total":
        if old.value is None or new.value is None:
            return Change()
        difference = new.value - old.value
        level_up = old.level is not None and new.level is not None and new.level > old.level
        levels = float(new.level - old.level) if level_up and new.level is not None and old.level is not None else 0.0
        return Change(max(difference, 0.0), max(-difference, 0.0), levels, level_up)
    if old.level is not None and new.level is not None and new.level > old.level + 1:
        return Change(level_up=True)
    if _is_level_up(old, new):
        return _level_up(old, new)
    if old.value is not None and new.value is not None:
        difference = new.value - old.value
        need = new.need or old.need
        return Change(max(difference, 0.0), max(-difference, 0.0), max(difference, 0.0) / need if need else 0.0)
    if old.percent is not None and new.percent is not None:
        return Change(None, 0.0, max(new.percent - old.percent, 0.0) / 100.0)
    return Change()


def _is_level_up(old: Reading, new: Reading) -> bool:
    if old.level is not None and new.level is not None:
        return new.level == old.level + 1
    if new.from_percent and old.percent is not None and new.percent is not None:
        return old.percent - new.percent > PERCENT_FALL
    if old.value is not None and new.value is not None and new.value < old.value:
        if old.need and new.need:
            return abs(new.need - old.need) > 0.02 * max(old.need, new.need)
        return False
    return False


def _level_up(old: Reading, new: Reading) -> Change:
    levels = 0.0
    if old.percent is not None and new.percent is not None:
        levels = (100.0 - old.percent + new.percent) / 100.0
    if old.need is None or old.value is None or new.value is None or new.from_percent:
        return Change(None, 0.0, levels, True)
    return Change(max(old.need - old.value, 0.0) + new.value, 0.0, levels, True)


class Item(Struct, gc=False):
    """XP that an event named and no reading has confirmed yet."""

    at: float
    amount: float
    xp_type: str
    covered: bool = False


Saved = tuple[
    Reading | None, float, float, float, float, float, float, float, float, float, dict[str, float], list[Item]
]  # fmt: skip
"""The last reading, nine sums in the order of `Ledger.save`, XP by type, what waits for a reading."""


class Ledger:
    """Totals of one session, kept up to date event by event. Points, and levels for percentages."""

    __slots__ = (
        "_pending", "attributed", "by_type", "counter", "lag", "leftover", "levels_named", "levels_seen",
        "lost", "observed", "outside", "previous", "unexplained",
    )  # fmt: skip

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.previous: Reading | None = None
        self.observed = self.attributed = self.outside = self.unexplained = self.lost = 0.0
        self.levels_seen = self.levels_named = 0.0
        self.leftover = 0.0
        self.lag = LAG_S
        self.by_type: dict[str, float] = {}
        self._pending: list[Item] = []

    @property
    def total(self) -> float:
        """XP gained: observed where readings cover the time, named by events elsewhere."""
        return self.observed + self.outside

    def totals(self) -> XpTotals:
        return XpTotals(
            observed=self.observed,
            attributed=self.attributed,
            unexplained=self.unexplained,
            lost=self.lost,
            by_type={name: amount for name, amount in sorted(self.by_type.items()) if amount},
            levels_gained=self.levels_seen or self.levels_named,
        )

    def interrupt(self) -> None:
        """A user's pause: what the counter does meanwhile is not counted; the next reading is a baseline."""
        self.previous = None
        self.leftover = 0.0
        self._pending.clear()

    def gain(self, at: float, amount: float, xp_type: str | None) -> None:
        """XP named by an event."""
        name = xp_type or UNTYPED
        self.attributed += amount
        if self.previous and at - self.previous.at <= self.lag and amount <= self.leftover + _ROUNDING:
            explained = min(amount, self.leftover)
            self.leftover -= explained
            self.unexplained -= explained
            self._count(UNTYPED, -explained)
            self._count(name, explained)
            return
        self.outside += amount
        self._count(name, amount)
        self._pending.append(Item(at, amount, name))
        if self.previous is None and len(self._pending) > 64:
            self._pending = [item for item in self._pending if at - item.at <= LAG_S]

    def gain_percent(self, at: float, percent: float, xp_type: str | None) -> None:
        """A percentage of the level named by an event: levels, and points where the need is known."""
        self.levels_named += percent / 100.0
        if self.previous and self.previous.need:
            self.gain(at, self.previous.need * percent / 100.0, xp_type)

    def beside(self, amount: float, xp_type: str | None) -> None:
        """Points that a game counts apart from XP (of faction, of a war): they stand in `by_type`, in no total."""
        self._count(xp_type or "points", amount)

    def baseline(self, event: XpReading, at: float) -> None:
        """A reading that counts nothing (during a user's pause): the next one is compared with it."""
        self.previous = as_reading(event, at, self.previous.need if self.previous else None)
        self.leftover = 0.0
        self._pending.clear()

    def read(self, event: XpReading, at: float, lag: float = LAG_S) -> Change:
        """An accepted reading, which may lag behind events by `lag` seconds; the first is a baseline."""
        self.lag = lag
        old = self.previous
        new = as_reading(event, at, old.need if old else None)
        found = Change() if old is None else change(old, new, self.counter)
        if new.level is None and old is not None and old.level is not None:
            new = structs.replace(new, level=old.level + (1 if found.level_up else 0))
        if found.level_up and new.from_percent:
            new = structs.replace(new, value=None, need=None)  # the new level's need is not known yet
        self.previous = new
        self.levels_seen += found.levels
        if found.gain is None or old is None:
            self.leftover = 0.0
            self._pending = [item for item in self._pending if at - item.at <= lag]
            return found
        self.lost += found.lost
        self._settle(old.at, at, found.gain)
        return found

    def _settle(self, since: float, at: float, gain: float) -> None:
        """Let the named XP explain `gain`, observed in (since, at]. What does not fit yet may still lag behind."""
        left = gain
        keep: list[Item] = []
        named_before = [item for item in self._pending if not item.covered and item.at <= since]
        for item in [item for item in self._pending if item.covered or item.at > since] + named_before:
            in_time = at - item.at <= self.lag
            if item.amount <= left + _ROUNDING:
                left -= min(item.amount, left)
                self.outside -= item.amount
            elif in_time:
                item.covered = item.covered or item.at > since
                keep.append(item)
            elif item.covered or item.at > since:
                part = max(left, 0.0)
                left -= part
                self.outside -= item.amount
                self._count(item.xp_type, part - item.amount)
            # else: named before the first reading, beyond any lag: it stays counted as it is
        self._pending = keep
        self.observed += gain
        self.leftover = left
        self.unexplained += left
        self._count(UNTYPED, left)

    def _count(self, name: str, amount: float) -> None:
        if amount:
            self.by_type[name] = self.by_type.get(name, 0.0) + amount

    def save(self) -> Saved:
        return (
            self.previous, self.observed, self.attributed, self.outside, self.unexplained, self.lost, self.levels_seen,
            self.levels_named, self.leftover, self.lag, dict(self.by_type),
            [Item(item.at, item.amount, item.xp_type, item.covered) for item in self._pending],
        )  # fmt: skip

    def restore(self, saved: Saved) -> None:
        (
            self.previous, self.observed, self.attributed, self.outside, self.unexplained, self.lost, self.levels_seen,
            self.levels_named, self.leftover, self.lag, by_type, pending,
        ) = saved  # fmt: skip
        self.by_type = dict(by_type)
        self._pending = [Item(item.at, item.amount, item.xp_type, item.covered) for item in pending]
