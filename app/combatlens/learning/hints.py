"""Patterns and attempts in words, and the same for a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from combatlens.domain.words import counted
from combatlens.learning.attempt_record import FIGHT, Learning
from combatlens.learning.patterns import Pattern


def hints(patterns: Iterable[Pattern], construct_type: str | None, max_patterns: int) -> list[dict[str, Any]]:
    """The patterns worth telling before the next attempt of this kind, those that cost most first, for a program.

    What was done in a lost fight is told beside what was done in a won one, or not at all: by itself it is no mistake.
    """
    fitting = [p for p in patterns if construct_type in (None, p.construct_type)]
    fitting.sort(key=lambda p: (-p.failure_count, p.pattern_name))
    return [
        {
            "pattern": p.pattern_name,
            "construct_type": p.construct_type,
            "occurrences": p.occurrence_count,
            "success_rate": p.success_rate,
            "avoid": p.bad_example if p.good_example or p.construct_type != FIGHT else "",
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
        seen = f"seen {counted(hint['occurrences'], 'time')}, solved {hint['success_rate']:.0%}"
        lines.append(f"{number}. {hint['pattern']} ({seen})")
        lines += [f"   Why: {hint['why']}"] if hint["why"] else []
        lines += [f"   Fix: {hint['fix']}"] if hint["fix"] else []
        bad, good = ("Lost", "Won") if hint["construct_type"] == FIGHT else ("Don't", "Do")
        lines += [f"   {bad}: {_cut(hint['avoid'], chars)}"] if hint["avoid"] else []
        lines += [f"   {good}: {_cut(hint['prefer'], chars)}"] if hint["prefer"] else []
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
