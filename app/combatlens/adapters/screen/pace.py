"""How a value grows and what its level needs: which value may follow which, and which one is a jump."""

from __future__ import annotations

from combatlens.adapters.ocr.implied import implied_need
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.adapters.screen.succession import digits_of, fell, form, levelled_up, with_more

ENOUGH_DIGITS = 3
"""A gain seldom leaves so many last digits as they are, in a recording's first minute."""
JUMP_SHARE = 0.25
"""More than this part of the level at once is a jump, where the level's need is known."""
SLACK_SHARE = 0.05
"""Such a part of a value may have been gained while something stood beside it."""
JUMP_FACTOR = 10.0
"""So many times the largest gain so far is a jump, where the need is unknown …"""
FEW_GAINS = 3
"""… from so many gains on; before, so many times more for each that lacks: the first may have been small."""

TWINS = {
    "0": "689", "1": "7", "3": "589", "5": "36", "6": "058", "7": "1", "8": "0369", "9": "038",
}  # fmt: skip
"""What readers take each digit for in small or decorated type."""


class Pace:
    """Learned from one display's believed values. Not for several threads at once."""

    def __init__(self) -> None:
        self._largest_gain, self._gains = 0.0, 0
        self._need: tuple[float, float] | None = None

    def learn(self, last: XpText | None, found: XpText, *, gained: bool) -> None:
        """`found` is believed after `last`. `gained`: what lies between them was gained, and by no level-up."""
        if last is not None and gained and last.value is not None and found.value is not None:
            self._largest_gain = max(self._largest_gain, min(found.value - last.value, self._most(last, found)))
            self._gains += 1
        self._learn_need(found, afresh=last is None or levelled_up(last, found))

    def _learn_need(self, found: XpText, *, afresh: bool) -> None:
        implied = implied_need(found)
        if implied is not None:
            old = None if afresh else self._need
            fits = old is not None and implied[0] <= old[1] and implied[1] >= old[0]
            self._need = (max(implied[0], old[0]), min(implied[1], old[1])) if old and fits else implied
        elif afresh:
            self._need = None

    def follows(self, earlier: XpText, later: XpText) -> bool:
        """Whether one may simply come after the other: of the same form, no fall and no jump."""
        if form(earlier) != form(later) or earlier.needed != later.needed or earlier.level != later.level:
            return False
        return not fell(earlier, later) and not self.jumped(earlier, later)

    def jumped(self, last: XpText, found: XpText) -> bool:
        """Whether more seems gained than can be, or something to stand beside the value."""
        if last.value is not None and found.value is not None:
            return found.value - last.value > self._most(last, found) or self.with_more(last, found)
        if last.percent is not None and found.percent is not None:
            return found.percent - last.percent > 100 * JUMP_SHARE
        return False

    def misread(self, last: XpText, found: XpText) -> bool:
        """Whether the jump is gone where one digit is read as another that looks like it."""
        if last.value is None or found.value is None:
            return False
        shown, most = str(int(found.value)), self._most(last, found)
        others = (
            int(shown[:at] + twin + shown[at + 1 :]) for at, digit in enumerate(shown) for twin in TWINS.get(digit, "")
        )
        return any(0 <= other - last.value <= most for other in others)

    def _most(self, last: XpText, found: XpText) -> float:
        """The largest gain that is no jump. Both have a value."""
        need = found.needed or (self._need[0] if self._need else None)
        limit = JUMP_SHARE * need if need else self._usual or max(1000.0, 0.05 * (last.value or 0.0))
        return max(limit, 2 * self._largest_gain)

    @property
    def _usual(self) -> float:
        """The same by the gains so far alone; 0 before any."""
        return JUMP_FACTOR * self._largest_gain * max(1, FEW_GAINS + 1 - self._gains)

    def with_more(self, last: XpText, found: XpText) -> bool:
        """Whether it may be the last value with something beside it that looks like digits."""
        if levelled_up(last, found) or last.value is None or found.value is None or digits_of(last) < ENOUGH_DIGITS:
            return False
        return found.value - last.value > 2 * self._largest_gain and with_more(last, found, self.slack(last))

    def slack(self, last: XpText) -> float:
        """What may have been gained meanwhile."""
        return max(2 * self._largest_gain, SLACK_SHARE * (last.value or 0.0))

    def denied(self, last: XpText | None, found: XpText) -> str:
        """Value and percentage together say how much the level needs; that does not change within a level."""
        implied = implied_need(found)
        if implied is None or self._need is None or last is None or levelled_up(last, found):
            return ""
        if implied[0] > self._need[1] or implied[1] < self._need[0]:
            return "value and percentage do not fit each other as before"
        return ""

    def out_of_pace(self, last: XpText, rival: XpText) -> bool:
        """Whether `rival` cannot be the next value, by the level's need or the gains so far."""
        if self.denied(last, rival):
            return True
        gain = (rival.value or 0.0) - (last.value or 0.0)
        return 0 < self._usual < gain
