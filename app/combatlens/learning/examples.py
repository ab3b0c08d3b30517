"""The best pair of a bad and a good example, and what is said of why it fails and how to fix it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff

from combatlens.learning.attempt_record import FIGHT, Learning
from combatlens.learning.failures import known_pattern
from combatlens.learning.known_failures import ErrorPattern

EXAMPLES_COMPARED = 25
LINES_COMPARED, CHARS_COMPARED = 200, 300


def best_pair(group: Sequence[Learning]) -> tuple[Learning | None, Learning | None]:
    """The failed and the successful attempt that differ least, so that the difference is the fix.

    Two that do not differ at all only where there are no others.

    Of equally close pairs a fix that came later than the failure, and then the newest, wins. The newest 25 of each are
    compared.
    """
    failed = [one for one in group if not one.success][-EXAMPLES_COMPARED:]
    fixed = [one for one in group if one.success and one.generated_code][-EXAMPLES_COMPARED:]
    if not failed or not fixed:
        return (failed[-1] if failed else None), (fixed[-1] if fixed else None)
    by_line = any("\n" in one.generated_code for one in (*failed, *fixed))
    texts = {id(one): _comparable(one.generated_code, by_line) for one in (*failed, *fixed)}
    best: tuple[tuple[float, bool, str, str], Learning, Learning] | None = None
    for good in fixed:
        matcher: SequenceMatcher[str] = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(texts[id(good)])
        for bad in failed:
            matcher.set_seq1(texts[id(bad)])
            if best and matcher.real_quick_ratio() < best[0][0] - 1e-3:
                continue
            same = texts[id(good)] == texts[id(bad)]  # shows no difference
            rank = (
                -1.0 if same else round(matcher.ratio(), 3),
                good.timestamp >= bad.timestamp,
                good.timestamp,
                bad.timestamp,
            )
            if best is None or rank > best[0]:
                best = (rank, bad, good)
    assert best is not None
    return best[1], best[2]


def _comparable(text: str, by_line: bool) -> Sequence[str]:
    """What is compared: lines where there are several, else characters; of long ones the beginning."""
    return text.splitlines()[:LINES_COMPARED] if by_line else text[:CHARS_COMPARED]


UNBEATEN = "Keep away from it, or try what was not tried yet: nothing has won this fight so far"


def why_fails(name: str, group: Sequence[Learning], own: Sequence[ErrorPattern]) -> str:
    if group[0].construct_type == FIGHT:
        return f"{sum(not one.success for one in group)} of {len(group)} fights looked at were lost"
    known = known_pattern(name, own)
    if known and known.why:
        return known.why
    said = Counter(error.strip() for one in group if not one.success for error in one.validation_errors)
    if not said:
        return ""
    text, count = said.most_common(1)[0]
    return f"{text} ({count} of {sum(not one.success for one in group)} failures)"


def how_to_fix(
    name: str, group: Sequence[Learning], bad: Learning | None, good: Learning | None, own: Sequence[ErrorPattern]
) -> str:
    """What fixed it, best evidence first: what the successful attempts say, the known remedy, the difference."""
    if group[0].construct_type == FIGHT:
        if not any(one.success for one in group):
            return UNBEATEN
        if told := habits(group):
            return told
    said = Counter(one.fix_applied.strip() for one in group if one.success and one.fix_applied)
    if said:
        return said.most_common(1)[0][0]
    known = known_pattern(name, own)
    if known and known.fix:
        return known.fix
    if bad and good:
        return _difference(bad.generated_code, good.generated_code)
    return ""


def habits(group: Sequence[Learning]) -> str:
    """What was done in fights won and not in those lost, or the other way round; "" when nothing differs clearly.

    Steps are named that stand in at least 30 percentage points more of the one kind than of the other.
    """
    won = [_names(one) for one in group if one.success]
    lost = [_names(one) for one in group if not one.success]
    if not won or not lost:
        return ""
    share = {
        name: (sum(name in one for one in won) / len(won), sum(name in one for one in lost) / len(lost))
        for name in set().union(*won, *lost)
    }
    ranked = sorted(share.items(), key=lambda item: (-abs(item[1][0] - item[1][1]), item[0]))
    clear = [(name, w, m) for name, (w, m) in ranked if abs(w - m) >= 0.3][:4]
    more = [f"{name} (in {w:.0%} of {len(won)} won, {m:.0%} of {len(lost)} lost)" for name, w, m in clear if w > m]
    less = [f"{name} (in {m:.0%} of {len(lost)} lost, {w:.0%} of {len(won)} won)" for name, w, m in clear if w < m]
    parts = ["Use " + ", ".join(more)] if more else []
    parts += ["Avoid " + ", ".join(less)] if less else []
    return "; ".join(parts)


def _names(one: Learning) -> set[str]:
    return {line.rsplit(" × ", 1)[0] for line in one.generated_code.splitlines()}


def _difference(bad: str, good: str) -> str:
    lines = list(unified_diff(bad.splitlines(), good.splitlines(), lineterm="", n=0))[2:]
    gone = [line[1:].strip() for line in lines if line.startswith("-") and line[1:].strip()]
    new = [line[1:].strip() for line in lines if line.startswith("+") and line[1:].strip()]
    parts = []
    if gone:
        parts.append("leave out: " + "; ".join(gone[:3]))
    if new:
        parts.append("do instead: " + "; ".join(new[:3]))
    return "; ".join(parts)[:400].capitalize()
