"""Failures and what fixed them: attempts are grouped by the failure they ran into, and each group becomes a pattern.

Pure functions over records; `services.learning_files` keeps them in files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, unified_diff
from typing import Any

import msgspec
from msgspec import Struct

from combatlens.learning.failures import known_pattern
from combatlens.learning.known_failures import ErrorPattern

EXAMPLES_COMPARED = 25
LINES_COMPARED, CHARS_COMPARED = 200, 300
HASH_CHARS = 12
FIGHT = "fight"
"""The `construct_type` of fights won and lost; one step a line in `generated_code`."""


class Learning(Struct, frozen=True, kw_only=True):
    """One attempt. `language` is the profile, `construct_type` what was tried, `generated_code` what was done.

    `timestamp`: ISO 8601 with zone.
    """

    language: str
    construct_type: str
    attempt_number: int
    success: bool
    generated_code: str
    validation_errors: list[str] = []
    error_pattern: str | None = None
    fix_applied: str | None = None
    timestamp: str = ""
    hash: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return msgspec.structs.asdict(self)


class Pattern(Struct, frozen=True, kw_only=True):
    """A failure seen again and again, with the closest pair of what failed and what worked.

    `occurrence_count` counts the attempts that met it, fixes included; `success_rate` is the share of fixes among
    them. `success_rate_before` and `_after`: of all attempts of this kind before and since the pattern
    was first known; null without attempts.
    """

    pattern_name: str
    language: str
    construct_type: str
    occurrence_count: int
    success_rate: float
    bad_example: str = ""
    good_example: str = ""
    why_fails: str = ""
    how_to_fix: str = ""
    learning_hashes: list[str] = []
    last_updated: str = ""
    first_known: str = ""
    failure_count: int = 0
    success_rate_before: float | None = None
    success_rate_after: float | None = None
    attempts_before: int = 0
    attempts_after: int = 0

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return msgspec.structs.asdict(self)


def fingerprint(learning: Learning, ordinal: int) -> str:
    """Twelve hexadecimal digits that tell a learning; `ordinal` tells equal ones of one moment apart."""
    text = msgspec.json.encode((msgspec.structs.astuple(learning)[:-1], ordinal))
    return hashlib.sha256(text).hexdigest()[:HASH_CHARS]


def fixed_failure(learning: Learning, before: Sequence[Learning]) -> Learning:
    """A successful later attempt that names no failure has fixed that of the attempt of its kind just before it."""
    if not learning.success or learning.error_pattern or learning.attempt_number <= 1:
        return learning
    last = next((one for one in reversed(before) if one.construct_type == learning.construct_type), None)
    if last is None or last.success or last.attempt_number >= learning.attempt_number:
        return learning
    return msgspec.structs.replace(learning, error_pattern=last.error_pattern)


def statistics(learnings: Sequence[Learning]) -> dict[str, Any]:
    """`total_learnings`, `failures`, `successes`, `success_rate` (0–1), and counts by kind and by failure."""
    kinds: dict[str, dict[str, int]] = {}
    for one in learnings:
        kind = kinds.setdefault(one.construct_type, {"total": 0, "successes": 0, "failures": 0})
        kind["total"] += 1
        kind["successes" if one.success else "failures"] += 1
    wins = sum(one.success for one in learnings)
    failed = Counter(one.error_pattern for one in learnings if one.error_pattern and not one.success)
    return {
        "total_learnings": len(learnings),
        "failures": len(learnings) - wins,
        "successes": wins,
        "success_rate": wins / len(learnings) if learnings else 0.0,
        "by_construct_type": kinds,
        "error_patterns": dict(failed.most_common()),
    }


def consolidate(
    learnings: Sequence[Learning],
    before: Sequence[Pattern] = (),
    *,
    min_occurrences: int = 2,
    now: str,
    own: Sequence[ErrorPattern] = (),
) -> list[Pattern]:
    """The patterns among `learnings` (one profile's, oldest first), most frequent failure first.

    A group of at least `min_occurrences` attempts, one of them failed, makes a pattern. Patterns of `before` whose
    attempts are gone are kept. `now`: ISO 8601 with zone.
    """
    groups: dict[tuple[str, str], list[Learning]] = {}
    for one in learnings:
        if one.error_pattern:
            groups.setdefault((one.error_pattern, one.construct_type), []).append(one)
    known = {(p.pattern_name, p.construct_type): p for p in before}
    for key, group in groups.items():
        if len(group) >= min_occurrences and not all(one.success for one in group):
            kind = [one for one in learnings if one.construct_type == key[1]]
            known[key] = _pattern(group, kind, known.get(key), now, own)
    return sorted(known.values(), key=lambda p: (-p.failure_count, p.pattern_name, p.construct_type))


def _pattern(
    group: Sequence[Learning], kind: Sequence[Learning], before: Pattern | None, now: str, own: Sequence[ErrorPattern]
) -> Pattern:
    name = group[0].error_pattern or ""
    bad, good = best_pair(group)
    fixes = sum(one.success for one in group)
    first_known = before.first_known if before and before.first_known else now
    earlier = [one.success for one in kind if one.timestamp <= first_known]
    later = [one.success for one in kind if one.timestamp > first_known]
    hashes = [one.hash for one in group]
    same = before is not None and before.learning_hashes == hashes
    return Pattern(
        pattern_name=name,
        language=group[0].language,
        construct_type=group[0].construct_type,
        occurrence_count=len(group),
        success_rate=round(fixes / len(group), 4),
        bad_example=bad.generated_code if bad else "",
        good_example=good.generated_code if good else "",
        why_fails=_why(name, group, own),
        how_to_fix=_how(name, group, bad, good, own),
        learning_hashes=hashes,
        last_updated=before.last_updated if before and same else now,
        first_known=first_known,
        failure_count=len(group) - fixes,
        success_rate_before=_share(earlier),
        success_rate_after=_share(later),
        attempts_before=len(earlier),
        attempts_after=len(later),
    )


def best_pair(group: Sequence[Learning]) -> tuple[Learning | None, Learning | None]:
    """The failed and the successful attempt that differ least, so that the difference is the fix.

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
            rank = (round(matcher.ratio(), 3), good.timestamp >= bad.timestamp, good.timestamp, bad.timestamp)
            if best is None or rank > best[0]:
                best = (rank, bad, good)
    assert best is not None
    return best[1], best[2]


def _comparable(text: str, by_line: bool) -> Sequence[str]:
    """What is compared: lines where there are several, else characters; of long ones the beginning."""
    return text.splitlines()[:LINES_COMPARED] if by_line else text[:CHARS_COMPARED]


def _why(name: str, group: Sequence[Learning], own: Sequence[ErrorPattern]) -> str:
    known = known_pattern(name, own)
    if known and known.why:
        return known.why
    said = Counter(error.strip() for one in group if not one.success for error in one.validation_errors)
    if not said:
        return ""
    text, count = said.most_common(1)[0]
    return f"{text} ({count} of {sum(not one.success for one in group)} failures)"


def _how(
    name: str, group: Sequence[Learning], bad: Learning | None, good: Learning | None, own: Sequence[ErrorPattern]
) -> str:
    """What fixed it, best evidence first: what the successful attempts say, the known remedy, the difference."""
    if group[0].construct_type == FIGHT and (told := habits(group)):
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


def _share(results: Sequence[bool]) -> float | None:
    return round(sum(results) / len(results), 4) if results else None


def hints(patterns: Iterable[Pattern], construct_type: str | None, max_patterns: int) -> list[dict[str, Any]]:
    """The patterns worth telling before the next attempt of this kind, those that cost most first, for a program."""
    fitting = [p for p in patterns if construct_type in (None, p.construct_type)]
    fitting.sort(key=lambda p: (-p.failure_count, p.pattern_name))
    return [
        {
            "pattern": p.pattern_name,
            "construct_type": p.construct_type,
            "occurrences": p.occurrence_count,
            "success_rate": p.success_rate,
            "avoid": p.bad_example,
            "prefer": p.good_example,
            "why": p.why_fails,
            "fix": p.how_to_fix,
        }
        for p in fitting[: max(0, max_patterns)]
    ]


def hints_text(found: Sequence[dict[str, Any]], chars: int = 300) -> str:
    """`hints` in words; examples are cut after `chars` characters. Empty without hints."""
    if not found:
        return ""
    lines = ["What earlier attempts taught:"]
    for number, hint in enumerate(found, 1):
        seen = f"seen {hint['occurrences']} times, solved {hint['success_rate']:.0%}"
        lines.append(f"{number}. {hint['pattern']} ({seen})")
        lines += [f"   Why: {hint['why']}"] if hint["why"] else []
        lines += [f"   Fix: {hint['fix']}"] if hint["fix"] else []
        lines += [f"   Don't: {_cut(hint['avoid'], chars)}"] if hint["avoid"] else []
        lines += [f"   Do: {_cut(hint['prefer'], chars)}"] if hint["prefer"] else []
    return "\n".join(lines)


def recent_text(learnings: Sequence[Learning], chars: int = 300) -> str:
    """The newest attempts in words, newest first."""
    lines = []
    for one in reversed(learnings):
        outcome = "worked" if one.success else f"failed ({one.error_pattern or 'unknown'})"
        lines.append(f"- attempt {one.attempt_number} {outcome}: {_cut(one.generated_code, chars)}")
        lines += [f"  error: {_cut(error, chars)}" for error in one.validation_errors[:2]]
        lines += [f"  fix: {one.fix_applied}"] if one.fix_applied else []
    return "\n".join(lines)


def _cut(text: str, chars: int) -> str:
    flat = " ⏎ ".join(line.strip() for line in text.splitlines() if line.strip())
    return flat if len(flat) <= chars else flat[: chars - 1] + "…"
