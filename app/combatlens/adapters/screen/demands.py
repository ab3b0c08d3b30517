"""What a reading calls for, by its readers alone: the less they agree, the longer it has to stand."""

from __future__ import annotations

import re

from msgspec import Struct

from combatlens.adapters.ocr.reading import Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.adapters.screen.succession import digits_of

CONFIRM_FRAMES = 2
AGREED_FRAMES = 3
DOUBTED_FRAMES, DOUBTED_SECONDS = 5, 0.4
SINGLE_FRAMES, SINGLE_SECONDS = 8, 6.0
DISPUTED_FRAMES, DISPUTED_SECONDS = 12, 10.0
COVERED_FRAMES, COVERED_SECONDS = 12, 60.0


class Demand(Struct, frozen=True):
    """What a candidate has to show before it is believed."""

    frames: int
    seconds: float
    why: str


NOTHING = Demand(0, 0.0, "")
ALL_READ = Demand(AGREED_FRAMES, 0.0, "all readers read it: waits for more pictures")
DISPUTED = Demand(DISPUTED_FRAMES, DISPUTED_SECONDS, "readers differ: waits until it has stood a while")
COVERED = Demand(COVERED_FRAMES, COVERED_SECONDS, "something may lie over a digit: waits until it is seen")
DOUBTED = Demand(DOUBTED_FRAMES, DOUBTED_SECONDS, "the learned glyphs do not confirm it: waits for more pictures")
MOSTLY_DIFFER = Demand(DISPUTED_FRAMES, DISPUTED_SECONDS, "readers mostly differ here: waits until it has stood")


_SIGN_AS_DIGIT = re.compile(r"(?:^|[^\d.,])\d{1,3}[.,]\d{2,4}\s*$")


def another_was_seen(reading: Reading, found: XpText) -> bool:
    """Whether a single look read another number of as many digits: an older text shining through has its own."""
    read = [look.found for look in reading.looks if not look.found.reason]
    return any(meaning(each) != meaning(found) and digits_of(each) == digits_of(found) for each in read)


_ROUND = re.compile(r"(?<![\d.,' ])\d{3,}000(?!\d)")


def is_round(reading: Reading) -> bool:
    """Whether it may be two numbers whose `/` was missed: `48748/300000` as `48748300000`. A level's need is round."""
    found = reading.found
    return found.needed is None and found.percent is None and _ROUND.search(reading.text) is not None


def may_be_percent(reading: Reading) -> bool:
    """Whether the last digit may be a percent sign that one reader alone took for one: `34.29%` as `34.298`."""
    lone = not reading.agreed and reading.reader != "glyphs"
    bare = reading.found.percent is None and reading.found.needed is None
    return lone and bare and _SIGN_AS_DIGIT.search(reading.text) is not None


def demand_of(reading: Reading) -> Demand:
    """What is asked of a plausible value: the less its readers agree, the more."""
    if reading.reader == "glyphs" and not reading.disputed:
        return Demand(CONFIRM_FRAMES, 0.0, "waits for a second picture")
    if reading.borne_out:
        return Demand(AGREED_FRAMES, 0.0, "waits for more pictures")
    if reading.disputed or not reading.sure:
        return DISPUTED
    if not reading.firm:
        return Demand(SINGLE_FRAMES, SINGLE_SECONDS, "one reader alone: waits until it has stood a while")
    if reading.doubted:
        return DOUBTED
    return Demand(AGREED_FRAMES, 0.0, "waits for more pictures")
