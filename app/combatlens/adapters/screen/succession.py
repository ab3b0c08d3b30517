"""How one reading of a display may follow another: by a gain, a level-up, a loss, or by digits that were hidden."""

from __future__ import annotations

from combatlens.adapters.ocr.xp_text import XpText


def cut_of(last: XpText, found: XpText, *, begun: bool = False) -> bool:
    """Whether the new value could be the old one, or one soon after it, with digits hidden at either end.

    `begun`: at its end alone, so of one that is up to twice as large too.
    """
    if last.value is None or found.value is None or found.value >= last.value:
        return False
    old, new = int(last.value), int(found.value)
    soon = old + (1000 + old if begun else max(1000, old // 10))
    for hidden in range(1, len(str(old))):
        if old // 10**hidden <= new <= soon // 10**hidden:
            return True
    if begun:
        return False
    unit: int = 10 ** len(str(new))
    below = old - old % unit + new
    return bool(old <= below <= soon or old <= below + unit <= soon)


def form(found: XpText) -> tuple[bool, bool, bool, bool, float, float]:
    return (
        found.value is not None, found.needed is not None, found.percent is not None, found.level is not None,
        found.value_step if found.value_step < 1 else 1.0, found.percent_step,
    )  # fmt: skip


def levelled_up(last: XpText, found: XpText) -> bool:
    """METRICS: the level rose by one, or the value fell and the need changed (a percentage: fell from high to low)."""
    if last.level is not None and found.level is not None:
        return found.level == last.level + 1
    if last.needed is not None and found.needed is not None and last.value is not None and found.value is not None:
        return found.value < last.value and found.needed > last.needed
    if last.percent is not None and found.percent is not None:
        return found.percent < 30 and last.percent > 70 and (found.value is None or fell(last, found))
    return False


def fell(last: XpText, found: XpText) -> bool:
    if last.level is not None and found.level is not None and last.level != found.level:
        return True
    if last.value is not None and found.value is not None:
        return found.value < last.value
    return last.percent is not None and found.percent is not None and found.percent < last.percent


def uncovers(earlier: XpText, later: XpText, slack: float) -> bool:
    """Whether `earlier` may have been `later`, or one up to `slack` before it, with its first digits hidden."""
    before, after = _shown(earlier), _shown(later)
    if before is None or after is None or before[1] != after[1]:
        return False
    unit: int = 10 ** len(str(before[0]))
    return after[0] >= unit and 0 <= after[0] % unit - before[0] <= slack / before[1]


def with_more(earlier: XpText, later: XpText, slack: float) -> bool:
    """Whether `later` is `earlier`, or up to `slack` more, with digits added before or behind it."""
    before, after = _shown(earlier), _shown(later)
    if before is None or after is None or before[1] != after[1]:
        return False
    more = len(str(after[0])) - len(str(before[0]))
    behind = more > 0 and 0 <= after[0] // 10**more - before[0] <= slack / before[1]
    return behind or uncovers(earlier, later, slack)


def look_alike(one: XpText, other: XpText) -> bool:
    """Whether the two differ in a single digit."""
    shown, seen = _shown(one), _shown(other)
    if shown is None or seen is None or shown[1] != seen[1]:
        return False
    digits, others = str(shown[0]), str(seen[0])
    return len(digits) == len(others) and sum(a != b for a, b in zip(digits, others, strict=True)) == 1


def torn(earlier: XpText, between: XpText, later: XpText) -> bool:
    """Whether `between` may be a picture drawn half before and half after a change: some first digits of one of its
    neighbours, and the last ones of the other."""
    shown = [_shown(each) for each in (earlier, between, later)]
    one, both, other = (str(each[0]) if each else "" for each in shown)
    if not len(one) == len(both) == len(other):
        return False
    halves = [(one[:at] + other[at:], other[:at] + one[at:]) for at in range(1, len(both))]
    return any(both in half for half in halves)


def digits_of(found: XpText) -> int:
    """How many digits are shown, from the first that is no zero on."""
    shown = _shown(found)
    return len(str(shown[0])) if shown else 0


def _shown(found: XpText) -> tuple[int, float] | None:
    """The value (or the lone percentage) in steps of its last digit, and that step."""
    number, step = found.value, found.value_step
    if number is None:
        number, step = found.percent, found.percent_step
    return None if number is None else (round(number / step), step)
