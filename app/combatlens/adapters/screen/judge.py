"""Judgement over time: a reading is accepted, pending or ignored, each with a reason.

A value that follows from the one before is accepted when a second picture says the same. One that cannot be
(a fall without a level-up, a jump, a value that its percentage denies) waits: it is accepted only when it
stands for seconds and nothing else was seen meanwhile. So a wrong reading never becomes a spike.

The first value has nothing before it that could tell that digits are hidden: it has to stand, longer where another
window lies over it; and when more digits come to light later, what is counted begins anew with them.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

from msgspec import Struct, structs

from combatlens.adapters.ocr.reading import Look, Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.adapters.screen.back_and_forth import CONTESTED, BackAndForth
from combatlens.adapters.screen.demands import (
    AGREED_FRAMES,
    ALL_READ,
    CONFIRM_FRAMES,
    COVERED,
    DISPUTED,
    DOUBTED,
    MOSTLY_DIFFER,
    NOTHING,
    Demand,
    another_was_seen,
    demand_of,
    is_round,
    may_be_percent,
)
from combatlens.adapters.screen.pace import ENOUGH_DIGITS, Pace
from combatlens.adapters.screen.rivals import Rivals
from combatlens.adapters.screen.succession import (
    cut_of,
    digits_of,
    fell,
    form,
    levelled_up,
    look_alike,
    torn,
    uncovers,
)

State = Literal["accepted", "pending", "ignored"]

JUMP_FRAMES, JUMP_SECONDS = 4, 1.5
FALL_FRAMES, FALL_SECONDS = 6, 10.0
CUT_SECONDS = 60.0
COUNTS_ON = 3
"""So many values that follow one another, each shown from its first digit on, are a count that began anew."""
MORE_SECONDS = 30.0
FIRST_SECONDS = 1.0
MANY_DIGITS = 4
"""A gain seldom leaves so many last digits as they are: after a recording's first minute."""
RELIABLE_SHARE = 0.6
"""Where the teachers agree on fewer pictures than this, even what they agree on is doubtful …"""
UNTAUGHT_SHARE, SOME_PICTURES = 0.75, 5
"""… and than this as long as no glyphs have spoken, once so many pictures were read."""
FORGET_SECONDS = 30.0
"""A pending value that was not seen again for so long is dropped."""


class Verdict(Struct, frozen=True):
    """`changed`: accepted and different from the last accepted one, so worth an event. `baseline`: it is no gain."""

    state: State
    reason: str
    reading: Reading
    changed: bool = False
    baseline: bool = False


class Judge:
    """Follows one display. Fed with every reading in order; not for several threads at once."""

    def __init__(self) -> None:
        self.last: XpText | None = None
        self._candidate: XpText | None = None
        self._waiting: Reading | None = None
        self._first_seen = self._last_seen = self._stands_since = 0.0
        self._sightings = self._stood = 0  # of what leads up to the candidate, and of the candidate itself
        self._borne_out = 0  # how many of these are agreed on, undisputed and borne out by glyphs
        self._asked = NOTHING  # the most that any reading of the candidate calls for
        self._pace, self._began = Pace(), 0.0
        self._agreements: deque[bool] = deque(maxlen=12)
        self._compared: tuple[Look, ...] = ()
        self._taught = False  # whether glyphs have ever spoken
        self._whole = self._round = False
        self._beside = False  # whether what is pending began as the last value with more digits
        self._rivals, self._back_and_forth = Rivals(), BackAndForth()
        self._before: XpText | None = None  # what was pending before the candidate
        self._told = self._unanimous = False  # whether glyphs, or all readers, have read the candidate
        self._denied = False  # whether a look saw another number of as many digits, or readers confuse its digits
        self._begun = 0  # how many values, of those that lead up to the candidate, were shown from their first digit on

    def weigh(self, reading: Reading, at: float, *, cover: str = "", against: str = "") -> Verdict:
        """`at`: seconds of any steady clock, never falling. `cover`: what lies over the place, in words.

        `against`: what forbids to believe it, however long it stands; in words.
        """
        found = reading.found
        if reading.compared and reading.looks is not self._compared:  # the teachers looked anew
            self._compared = reading.looks
            self._agreements.append((reading.agreed or reading.alike) and not reading.disputed)
        if not reading.readable:
            if self._candidate is not None and another_was_seen(reading, self._candidate):
                self._asked, self._denied = DISPUTED, True
            return Verdict("ignored", reading.reason or found.reason, reading)
        if against:
            self._forget()
            return Verdict("pending", against, reading)
        self._taught |= reading.reader == "glyphs" and not reading.disputed
        if self._is_last(found):
            self._forget()
            return Verdict("accepted", "unchanged", reading)
        if may_be_percent(reading) and (self.last is None or not self._pace.follows(self.last, found)):
            return Verdict("ignored", f"reader unsure: % or a digit at the end of {reading.text.strip()!r}", reading)
        if overtaken := self._overtaken(reading, at):
            verdict = self._accept(overtaken, at, "followed by a later value")
            self._see(reading, at)
            return verdict
        self._see(reading, at)
        if self._back_and_forth.contests(meaning(found), at):
            return Verdict("pending", CONTESTED, reading)
        base = COVERED if self._may_be_another(reading) else self._asked
        demand = self._demand(reading, base, cover)
        waited, stands = at - self._first_seen, at - self._stands_since
        if base.seconds and (self._stood < base.frames or stands < base.seconds):
            return Verdict("pending", base.why, reading)  # what was read in doubt has to stand itself
        if self._sightings < demand.frames or waited < demand.seconds:
            return Verdict("pending", demand.why, reading)
        if reading.put_off and self._stood < CONFIRM_FRAMES:
            return Verdict("pending", "read from several pictures as one: waits to be read again", reading)
        return self._accept(reading, at, demand.why)

    def again(self, reading: Reading, at: float, *, cover: str = "", against: str = "") -> Verdict:
        """The picture did not change: the same reading once more. A disputed one gains nothing by it."""
        doubtful = (reading.disputed or not reading.sure) and not reading.borne_out
        if doubtful and reading.readable and not self._is_last(reading.found):
            return Verdict("pending", against or reading.reason or "readers differ", reading)
        return self.weigh(reading, at, cover=cover, against=against)

    def _is_last(self, found: XpText) -> bool:
        return self.last is not None and meaning(found) == meaning(self.last)

    def _forget(self) -> None:
        self._candidate = self._waiting = None
        self._sightings = self._stood = 0
        self._beside = False

    def _see(self, reading: Reading, at: float) -> None:
        found = reading.found
        same = self._candidate is not None and meaning(self._candidate) == meaning(found)
        moves_on = self._candidate is not None and self._sightings > 1 and self._pace.follows(self._candidate, found)
        if moves_on and self._candidate is not None:
            # one digit of the same value may look otherwise under a cursor; pictures in doubt vouch for nothing
            moves_on = not (self._asked.seconds or (reading.looks and look_alike(self._candidate, found)))
        fresh = at - self._last_seen <= FORGET_SECONDS
        if fresh and (other := self._other_before(found)) is not None:
            moves_on = False
            self._back_and_forth.returned(meaning(found), meaning(other), at)
        if (same or moves_on) and fresh:
            self._sightings += 1
        else:
            self._sightings, self._first_seen, self._begun = 1, at, 0
        if reading.begun and (not same or not self._begun):
            self._begun += 1
        elif not same:
            self._begun = 0
        if not (same and fresh):
            self._stood, self._borne_out, self._stands_since, self._asked = 0, 0, at, NOTHING
            self._told = self._unanimous = self._denied = False
        if not same:
            self._before = self._candidate
        self._told |= reading.reader == "glyphs" and not reading.disputed
        self._unanimous |= reading.unanimous and not reading.put_off
        self._denied |= not reading.sure or (reading.unanimous and reading.disputed) or another_was_seen(reading, found)
        self._borne_out += reading.borne_out and reading.agreed and not reading.disputed
        self._stood += 1
        self._rivals.see(reading, anew=self._stood == 1)
        near = self.last is not None and self._pace.follows(self.last, found)
        settled = near and self._unanimous and not self._denied and bool(reading.looks) and not reading.borne_out
        base = self._by_reader(reading, near, settled)
        if is_round(reading) and not self._round and not near:
            base = Demand(FALL_FRAMES, CUT_SECONDS, "a round number: a sign that divides it may be missing")
        elif (reading.reader == "glyphs" or reading.borne_out or settled) and self._asked.seconds < CUT_SECONDS:
            self._asked = base  # it outweighs pictures in which readers waver
        if (base.seconds, base.frames) >= (self._asked.seconds, self._asked.frames):
            self._asked = base
        self._candidate, self._waiting, self._last_seen = found, reading, at
        if self.last is not None:
            more = self._beside or self._pace.with_more(self.last, found)
            self._beside = more and digits_of(found) > digits_of(self.last)

    def _other_before(self, found: XpText) -> XpText | None:
        """The candidate, where `found` was pending before it and differs from it in a digit."""
        if self._candidate is None or self._before is None or meaning(self._before) != meaning(found):
            return None
        return self._candidate if look_alike(self._candidate, found) else None

    def _overtaken(self, reading: Reading, at: float) -> Reading | None:
        """A counter that runs shows each value once: one that lies between its neighbours needs no second look."""
        waiting, last = self._waiting, self.last
        if waiting is None or self._candidate is None or last is None or waiting.reader != "glyphs" or self._beside:
            return None
        if meaning(waiting.found) == meaning(reading.found) or self._pace.denied(self.last, waiting.found):
            return None
        if self._back_and_forth.contests(meaning(waiting.found), at) or self._other_before(reading.found) is not None:
            return None
        if any(torn(each, waiting.found, reading.found) for each in (last, self._before) if each is not None):
            return None
        both = self._pace.follows(last, waiting.found) and self._pace.follows(waiting.found, reading.found)
        return waiting if both else None

    def _by_reader(self, reading: Reading, near: bool, settled: bool) -> Demand:
        """`near`: it follows the pace. `settled`: all readers have read the candidate firmly in one of its pictures."""
        if near and (reading.spelt or reading.covered):
            reading = structs.replace(reading, doubted=False)  # with signs hidden it would be no value so near
        if settled:
            return DOUBTED if reading.doubted else ALL_READ
        if near and not self._denied and self._borne_out >= CONFIRM_FRAMES:
            return Demand(CONFIRM_FRAMES, 0.0, "waits for a second picture")
        if reading.looks and not reading.borne_out and not reading.unanimous and self._mostly_differ():
            return MOSTLY_DIFFER
        if self._told and near and reading.firm and not reading.disputed:
            return Demand(AGREED_FRAMES, 0.0, "glyphs and readers read it: waits for more pictures")
        return demand_of(reading)

    def _mostly_differ(self) -> bool:
        looked = len(self._agreements)
        share = RELIABLE_SHARE if self._taught or looked < SOME_PICTURES else UNTAUGHT_SHARE
        return sum(self._agreements) < share * looked

    def _demand(self, reading: Reading, base: Demand, cover: str) -> Demand:
        found, last = reading.found, self.last
        if last is None and cover:
            return Demand(FALL_FRAMES, FALL_SECONDS, f"first value, covered by {cover}: part of it may be hidden")
        if last is None:
            return Demand(base.frames + 1, max(base.seconds, FIRST_SECONDS), "first value: waits until it has stood")
        if found.shape != last.shape and form(found) != form(last):
            return Demand(FALL_FRAMES, FALL_SECONDS, "the text has another form than before: part of it may be hidden")
        if self._uncovers(found):
            seconds = FALL_SECONDS if reading.reader == "glyphs" or reading.borne_out else MORE_SECONDS
            return Demand(FALL_FRAMES, seconds, "its first digits were hidden before: counted from here")
        if denied := self._pace.denied(self.last, found):
            return Demand(FALL_FRAMES, FALL_SECONDS, denied)
        if self._beside:
            return Demand(FALL_FRAMES, MORE_SECONDS, "the number has more digits: something may stand beside it")
        if levelled_up(last, found):
            return Demand(base.frames + 1, base.seconds, "level-up: confirmed by more pictures")
        if fell(last, found) and cut_of(last, found, begun=reading.begun and self._begun >= COUNTS_ON):
            return Demand(FALL_FRAMES, CUT_SECONDS, "the number lost digits: part of it may be hidden")
        if fell(last, found):
            return Demand(FALL_FRAMES, FALL_SECONDS, "the value fell without a level-up")
        if found.needed != last.needed:
            return Demand(FALL_FRAMES, FALL_SECONDS, "the level's need changed without a level-up")
        if self._pace.jumped(last, found):
            if self._pace.misread(last, found):
                return Demand(FALL_FRAMES, FALL_SECONDS, "a jump that one digit read wrongly would make: waits")
            return Demand(JUMP_FRAMES, JUMP_SECONDS, "a jump beyond the pace: waits until it has stood a while")
        return base

    def _may_be_another(self, reading: Reading) -> bool:
        """Whether a digit that something lies over may be another, for all that pictures, arithmetic and pace say."""
        left, last = self._rivals.left, self.last
        if left is None:
            return reading.covered
        if last is None or not self._pace.follows(last, reading.found):
            return bool(left)
        return any(self._pace.follows(last, rival) and not self._pace.out_of_pace(last, rival) for rival in left)

    def _uncovers(self, found: XpText) -> bool:
        """Whether digits came to light that a cover had hidden since the first value: that is no gain."""
        last = self.last
        if last is None or self._whole or form(last) != form(found) or last.needed != found.needed:
            return False
        digits, early = digits_of(last), self._last_seen - self._began <= CUT_SECONDS
        if early and digits >= ENOUGH_DIGITS and uncovers(last, found, 0.0):
            return True
        jumped = self._pace.jumped(last, found) or bool(self._pace.denied(self.last, found))
        return jumped and (early or digits >= MANY_DIGITS) and uncovers(last, found, self._pace.slack(last))

    def _accept(self, reading: Reading, at: float, why: str) -> Verdict:
        found, last = reading.found, self.last
        baseline = self._uncovers(found) or (self._beside and not self._whole)
        up = last is not None and levelled_up(last, found)
        if last is None or (not up and cut_of(last, found)):
            self._began, self._whole = at, False
        elif baseline or up or digits_of(found) > digits_of(last):
            self._whole = True  # where digits are hidden their number does not grow
        self._pace.learn(last, found, gained=not (up or baseline))
        self._round = is_round(reading)
        self.last = found
        self._forget()
        return Verdict("accepted", why, reading, changed=True, baseline=baseline)
