"""Judgement over time: a reading is accepted, pending or ignored, each with a reason.

A value that follows from the one before is accepted when a second picture says the same. One that cannot be
(a fall without a level-up, a jump, a value that its percentage denies) waits: it is accepted only when it
stands for seconds and nothing else was seen meanwhile. So a wrong reading never becomes a spike.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Literal

from msgspec import Struct

from combatlens.adapters.ocr.reading import Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText

State = Literal["accepted", "pending", "ignored"]

CONFIRM_FRAMES = 2
AGREED_FRAMES = 3
DOUBTED_FRAMES, DOUBTED_SECONDS = 5, 0.4
SINGLE_FRAMES, SINGLE_SECONDS = 6, 1.5
DISPUTED_FRAMES, DISPUTED_SECONDS = 8, 3.0
JUMP_FRAMES, JUMP_SECONDS = 4, 1.5
FALL_FRAMES, FALL_SECONDS = 6, 10.0
CUT_SECONDS = 60.0
RELIABLE_SHARE = 0.6
"""Where the teachers agree on fewer pictures than this, even what they agree on is doubtful."""
FORGET_SECONDS = 30.0
"""A pending value that was not seen again for so long is dropped."""
JUMP_SHARE = 0.25
"""More than this part of the level at once is a jump, where the level's need is known."""
JUMP_FACTOR = 10.0
"""So many times the largest gain so far is a jump, where the need is unknown."""


class Verdict(Struct, frozen=True):
    """`changed`: accepted and different from the last accepted one, so worth an event."""

    state: State
    reason: str
    reading: Reading
    changed: bool = False


class _Demand(Struct, frozen=True):
    """What a candidate has to show before it is believed."""

    frames: int
    seconds: float
    why: str


class Judge:
    """Follows one display. Fed with every reading in order; not for several threads at once."""

    def __init__(self) -> None:
        self.last: XpText | None = None
        self._last_at = 0.0
        self._candidate: XpText | None = None
        self._waiting: Reading | None = None
        self._first_seen = self._last_seen = 0.0
        self._sightings = 0
        self._largest_gain = 0.0
        self._need: tuple[float, float] | None = None
        self._agreements: deque[bool] = deque(maxlen=12)

    def weigh(self, reading: Reading, at: float) -> Verdict:
        """`at`: seconds of any steady clock, never falling."""
        found = reading.found
        if reading.looks:
            self._agreements.append(reading.agreed)
        if not reading.readable:
            return Verdict("ignored", reading.reason or found.reason, reading)
        if self._is_last(found):
            self._candidate = None
            self._last_at = at
            return Verdict("accepted", "unchanged", reading)
        if _may_be_percent(reading) and (self.last is None or not self._follows(self.last, found)):
            return Verdict("ignored", f"reader unsure: % or a digit at the end of {reading.text.strip()!r}", reading)
        if overtaken := self._overtaken(reading):
            self._accept(overtaken.found, at)
            self._see(reading, at)
            return Verdict("accepted", "followed by a later value", overtaken, changed=True)
        self._see(reading, at)
        demand = self._demand(reading)
        waited = at - self._first_seen
        if self._sightings < demand.frames or waited < demand.seconds:
            return Verdict("pending", demand.why, reading)
        self._accept(found, at)
        return Verdict("accepted", demand.why, reading, changed=True)

    def again(self, reading: Reading, at: float) -> Verdict:
        """The picture did not change: the same reading once more. A disputed one gains nothing by it."""
        if (reading.disputed or not reading.sure) and reading.readable and not self._is_last(reading.found):
            return Verdict("pending", reading.reason or "readers differ", reading)
        return self.weigh(reading, at)

    def _is_last(self, found: XpText) -> bool:
        return self.last is not None and meaning(found) == meaning(self.last)

    def reset(self) -> None:
        """Another window, character or display: what was known says nothing about it."""
        self.__init__()  # type: ignore[misc]

    def _see(self, reading: Reading, at: float) -> None:
        found = reading.found
        same = self._candidate is not None and meaning(self._candidate) == meaning(found)
        moves_on = self._candidate is not None and self._sightings > 1 and self._follows(self._candidate, found)
        if (same or moves_on) and at - self._last_seen <= FORGET_SECONDS:
            self._sightings += 1
        else:
            self._sightings, self._first_seen = 1, at
        self._candidate, self._waiting, self._last_seen = found, reading, at

    def _overtaken(self, reading: Reading) -> Reading | None:
        """A counter that runs shows each value once: one that lies between its neighbours needs no second look."""
        waiting, last = self._waiting, self.last
        if waiting is None or self._candidate is None or last is None or waiting.reader != "glyphs":
            return None
        if meaning(waiting.found) == meaning(reading.found) or self._denied(waiting.found):
            return None
        both = self._follows(last, waiting.found) and self._follows(waiting.found, reading.found)
        return waiting if both else None

    def _demand(self, reading: Reading) -> _Demand:
        found, last = reading.found, self.last
        base = _by_reader(reading)
        if reading.looks and sum(self._agreements) < RELIABLE_SHARE * len(self._agreements):
            base = _Demand(DISPUTED_FRAMES, DISPUTED_SECONDS, "readers mostly differ here: waits until it has stood")
        if last is None:
            return _Demand(base.frames + 1, base.seconds, "first value: waits until it is seen again")
        if found.shape != last.shape and _form(found) != _form(last):
            return _Demand(FALL_FRAMES, FALL_SECONDS, "the text has another form than before: part of it may be hidden")
        if denied := self._denied(found):
            return _Demand(FALL_FRAMES, FALL_SECONDS, denied)
        if _levelled_up(last, found):
            return _Demand(base.frames + 1, base.seconds, "level-up: confirmed by more pictures")
        if _fell(last, found) and _cut_of(last, found):
            return _Demand(FALL_FRAMES, CUT_SECONDS, "the number lost digits: part of it may be hidden")
        if _fell(last, found):
            return _Demand(FALL_FRAMES, FALL_SECONDS, "the value fell without a level-up")
        if found.needed != last.needed:
            return _Demand(FALL_FRAMES, FALL_SECONDS, "the level's need changed without a level-up")
        if self._jumped(last, found):
            return _Demand(JUMP_FRAMES, JUMP_SECONDS, "a jump beyond the pace: waits until it has stood a while")
        return base

    def _jumped(self, last: XpText, found: XpText) -> bool:
        if last.value is not None and found.value is not None:
            gain = found.value - last.value
            if self._largest_gain and gain <= 2 * self._largest_gain:
                return False
            need = found.needed or (self._need[0] if self._need else None)
            if need:
                return gain > JUMP_SHARE * need
            limit = JUMP_FACTOR * self._largest_gain if self._largest_gain else max(1000.0, 0.05 * last.value)
            return gain > limit
        if last.percent is not None and found.percent is not None:
            return found.percent - last.percent > 100 * JUMP_SHARE
        return False

    def _denied(self, found: XpText) -> str:
        """Value and percentage together say how much the level needs; that does not change within a level."""
        implied = _implied_need(found)
        if implied is None or self._need is None or self.last is None or _levelled_up(self.last, found):
            return ""
        if implied[0] > self._need[1] or implied[1] < self._need[0]:
            return "value and percentage do not fit each other as before"
        return ""

    def _follows(self, earlier: XpText, later: XpText) -> bool:
        if _form(earlier) != _form(later) or earlier.needed != later.needed or earlier.level != later.level:
            return False
        return not _fell(earlier, later) and not self._jumped(earlier, later)

    def _accept(self, found: XpText, at: float) -> None:
        last = self.last
        new_level = last is None or _levelled_up(last, found)
        if last is not None and not new_level and last.value is not None and found.value is not None:
            self._largest_gain = max(self._largest_gain, found.value - last.value)
        implied = _implied_need(found)
        if implied is not None:
            old = None if new_level else self._need
            fits = old is not None and implied[0] <= old[1] and implied[1] >= old[0]
            self._need = (max(implied[0], old[0]), min(implied[1], old[1])) if old and fits else implied
        elif new_level:
            self._need = None
        self.last, self._last_at, self._candidate, self._sightings = found, at, None, 0
        self._waiting = None


_SIGN_AS_DIGIT = re.compile(r"(?:^|[^\d.,])\d{1,3}[.,]\d{2,4}\s*$")


def _may_be_percent(reading: Reading) -> bool:
    """Whether the last digit may be a percent sign that one reader alone took for one: `34.29%` as `34.298`."""
    lone = not reading.agreed and reading.reader != "glyphs"
    bare = reading.found.percent is None and reading.found.needed is None
    return lone and bare and _SIGN_AS_DIGIT.search(reading.text) is not None


def _by_reader(reading: Reading) -> _Demand:
    """What is asked of a plausible value: the less its readers agree, the more."""
    if reading.reader == "glyphs" and not reading.disputed:
        return _Demand(CONFIRM_FRAMES, 0.0, "waits for a second picture")
    if reading.disputed or not reading.sure:
        return _Demand(DISPUTED_FRAMES, DISPUTED_SECONDS, "readers differ: waits until it has stood a while")
    if not reading.agreed:
        return _Demand(SINGLE_FRAMES, SINGLE_SECONDS, "one reader alone: waits until it has stood a while")
    if reading.doubted:
        return _Demand(DOUBTED_FRAMES, DOUBTED_SECONDS, "the learned glyphs do not confirm it: waits for more pictures")
    return _Demand(AGREED_FRAMES, 0.0, "waits for more pictures")


def _cut_of(last: XpText, found: XpText) -> bool:
    """Whether the new value could be the old one, or one soon after it, with digits hidden at either end."""
    if last.value is None or found.value is None or found.value >= last.value:
        return False
    old, new = int(last.value), int(found.value)
    soon = old + max(1000, old // 10)
    for hidden in range(1, len(str(old))):
        if old // 10**hidden <= new <= soon // 10**hidden:
            return True
    unit: int = 10 ** len(str(new))
    below = old - old % unit + new
    return bool(old <= below <= soon or old <= below + unit <= soon)


def _form(found: XpText) -> tuple[bool, bool, bool, bool, float, float]:
    return (
        found.value is not None, found.needed is not None, found.percent is not None, found.level is not None,
        found.value_step if found.value_step < 1 else 1.0, found.percent_step,
    )  # fmt: skip


def _levelled_up(last: XpText, found: XpText) -> bool:
    """METRICS: the level rose by one, or the value fell and the need changed (a percentage: fell from high to low)."""
    if last.level is not None and found.level is not None:
        return found.level == last.level + 1
    if last.needed is not None and found.needed is not None and last.value is not None and found.value is not None:
        return found.value < last.value and found.needed > last.needed
    if last.percent is not None and found.percent is not None:
        return found.percent < 30 and last.percent > 70 and (found.value is None or _fell(last, found))
    return False


def _fell(last: XpText, found: XpText) -> bool:
    if last.level is not None and found.level is not None and last.level != found.level:
        return True
    if last.value is not None and found.value is not None:
        return found.value < last.value
    return last.percent is not None and found.percent is not None and found.percent < last.percent


def _implied_need(found: XpText) -> tuple[float, float] | None:
    if found.value is None or found.percent is None or found.percent < 1 or found.value <= 0:
        return None
    slack = found.percent_step
    return (
        100 * max(0.0, found.value - found.value_step) / (found.percent + slack),
        100 * (found.value + found.value_step) / max(1e-9, found.percent - slack),
    )
