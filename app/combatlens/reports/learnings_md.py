"""What was learned, as Markdown: a report of the learnings, an overview of the actions, and the patterns of failure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from combatlens.domain.words import counted
from combatlens.learning.actions import Extract
from combatlens.learning.operations import ActionLearning, Operation
from combatlens.learning.patterns import Pattern

_TITLES = {
    "performance": "Performance",
    "error_recovery": "Error recovery",
    "workflow": "Workflows",
    "validation": "Validation",
    "success_rate": "Success rates",
}


def analysis_report(found: Extract, *, now: float, min_confidence: float) -> str:
    """`metrics_analysis_report.md`: every learning by its type, and what still needs data. `now`: Unix seconds."""
    lines = [
        "# What the actions teach",
        "",
        f"{_time(now)}: {counted(found.operations, 'action')} in {counted(found.sessions, 'session')}, "
        f"{found.refusals:,} refused; "
        f"{counted(len(found.handed_on), 'learning')} sure enough to act on ({min_confidence:.0%} and more).",
    ]
    if found.needs:
        lines += ["", f"Nothing can be learned from these actions yet: it takes {found.needs}."]
    if found.kept:
        lines += ["", f"{counted(found.kept, 'learning')} below stayed from an earlier run."]
    kinds = [*_TITLES, *sorted({one.type for one in found.handed_on} - set(_TITLES))]
    for kind in kinds:
        own = [one for one in found.handed_on if one.type == kind]
        if own:
            lines += ["", f"## {_TITLES.get(kind, kind.replace('_', ' ').capitalize())}"]
            for one in own:
                lines += ["", *_told(one)]
    unsure = [one for one in found.learnings if one.confidence < min_confidence]
    if unsure:
        lines += ["", "## Needs more data", "", "| pattern | what was seen | confidence |", "|---|---|---|"]
        lines += [f"| {_cell(one.pattern)} | {_cell(one.description)} | {one.confidence:.0%} |" for one in unsure]
    return "\n".join(lines) + "\n"


def _told(one: ActionLearning) -> list[str]:
    return [
        f"### {one.pattern}",
        "",
        f"{one.description}.",
        "",
        f"- Recommendation: {one.recommendation}",
        f"- Confidence {one.confidence:.0%}, impact {one.impact}",
    ]


def actions_report(operations: Sequence[Operation], *, now: float) -> str:
    """`tool_metrics_report.md`: each name with its uses, success and durations, most used first."""
    names: dict[str, list[Operation]] = {}
    for one in operations:
        names.setdefault(one.name, []).append(one)
    lines = [
        "# Actions at a glance",
        "",
        f"{_time(now)}: {counted(len(operations), 'action')} of {counted(len(names), 'kind')}.",
        "",
        "| name | uses | success | median | slowest tenth from | failures said |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, own in sorted(names.items(), key=lambda item: (-len(item[1]), item[0])):
        times = [one.duration_ms / 1000 for one in own if one.duration_ms is not None]
        median, slow = (f"{q:.2f} s" for q in np.quantile(times, [0.5, 0.9])) if times else ("", "")
        errors = sorted({one.error for one in own if one.error})
        said = "; ".join(error.splitlines()[0][:60] for error in errors[:2] if error.strip())
        share = sum(one.success for one in own) / len(own)
        lines.append(f"| {_cell(name)} | {len(own)} | {share:.1%} | {median} | {slow} | {_cell(said)} |")
    return "\n".join(lines) + "\n"


def patterns_report(patterns: Sequence[Pattern], *, title: str) -> str:
    """The patterns of failure and fix, the costliest first."""
    lines = [f"# {title}"]
    if not patterns:
        lines += ["", "No pattern yet: a failure has to be met twice."]
    for one in patterns:
        lines += [
            "",
            f"## {one.pattern_name} ({one.construct_type})",
            "",
            f"Met {counted(one.occurrence_count, 'time')}, {one.success_rate:.0%} solved.{_before_after(one)}",
        ]
        lines += ["", f"Why it fails: {one.why_fails}"] if one.why_fails else []
        lines += ["", f"How to fix it: {one.how_to_fix}"] if one.how_to_fix else []
        lines += ["", "What failed:", "", *_block(one.bad_example)] if one.bad_example else []
        lines += ["", "What worked:", "", *_block(one.good_example)] if one.good_example else []
    return "\n".join(lines) + "\n"


def _before_after(one: Pattern) -> str:
    if one.success_rate_before is None or one.success_rate_after is None:
        return ""
    return (
        f" Attempts of this kind succeeded in {one.success_rate_before:.0%} of {one.attempts_before} before this was "
        f"known, and in {one.success_rate_after:.0%} of {one.attempts_after} since."
    )


def _block(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _time(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M UTC")
