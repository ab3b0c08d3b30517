"""What the analyses of actions work on: one operation a use, from any game, bot or tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from scipy import special

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Action, Recorded, SkillUse
from combatlens.learning.failures import recognise
from combatlens.learning.known_failures import ErrorPattern

Impact = Literal["high", "medium", "low"]
Kind = Literal["action", "skill", "tool"]
Positive = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class Operation(Struct, frozen=True):
    """One use of an action, skill or tool. `duration_ms` None: not measured. `at`: Unix seconds where known."""

    name: str
    session_id: str = ""
    success: bool = True
    duration_ms: float | None = None
    error: str | None = None
    at: float | None = None
    kind: Kind = "action"


class Refusal(Struct, frozen=True):
    """An event or reading that was not taken, why, and how often."""

    what: str
    reason: str
    at: float | None = None
    count: int = 1


class ActionLearning(Struct, frozen=True, kw_only=True):
    """One thing learned. `confidence` 0 to 1; `evidence` holds the numbers that it rests on."""

    pattern: str
    description: str
    recommendation: str
    type: str
    confidence: float
    impact: Impact
    evidence: dict[str, Any] = {}


class Thresholds(Struct, frozen=True, kw_only=True):
    """From when on something is slow, frequent or sure. Each can be set under `[analysis]` in a game's profile.

    `slow_ms_for`: what is slow for one name, where the general limit does not fit (a journey takes its time).
    """

    slow_ms: Positive = 5000.0
    medium_ms: Positive = 3000.0
    slow_ms_for: dict[str, Positive] = {}
    slow_share: Share = 0.5
    high_variance_cv: Positive = 1.0
    min_sample_size: AtLeastOne = 5
    min_pattern_frequency: AtLeastOne = 3
    min_actions: AtLeastOne = 100
    min_confidence: Share = 0.6
    low_success: Share = 0.8
    recovery_steps: AtLeastOne = 5


def thresholds(table: Mapping[str, Any], origin: str = "the profile") -> Thresholds:
    """The thresholds in a profile's `[analysis]`; other keys of that table are others'. Raises EnvironmentFault."""
    own = {name: table[name] for name in Thresholds.__struct_fields__ if name in table}
    try:
        return msgspec.convert(own, Thresholds)
    except msgspec.ValidationError as error:
        raise EnvironmentFault(f"[analysis] of {origin} cannot be used: {error}", "mend that line") from error


def operations_of(records: Iterable[Recorded]) -> list[Operation]:
    """The character's own actions and skill uses; ticks and others' uses are none."""
    found = []
    for record in records:
        event = record.event
        if isinstance(event, Action):
            found.append(_operation(record, event.name, event, "action"))
        elif isinstance(event, SkillUse) and not event.periodic and event.actor in (None, record.character):
            found.append(_operation(record, event.skill, event, "skill"))
    return found


def _operation(record: Recorded, name: str, event: Action | SkillUse, kind: Kind) -> Operation:
    return Operation(name, record.session_id, event.success, event.duration_ms, event.error, record.at, kind)


def by_session(operations: Iterable[Operation]) -> list[list[Operation]]:
    """The operations of each session in the order in which they were done; those without a time as they came."""
    sessions: dict[str, list[Operation]] = {}
    for one in operations:
        sessions.setdefault(one.session_id, []).append(one)
    for own in sessions.values():
        if all(one.at is not None for one in own):
            own.sort(key=lambda one: one.at or 0.0)
    return list(sessions.values())


_TOOL_ERRORS = tuple(
    (name, re.compile(expression, re.IGNORECASE))
    for name, expression in (
        ("FILE_NOT_FOUND", r"no such file|file (does )?not (exist|found)|cannot find the (file|path)|ENOENT|not_found"),
        ("PERMISSION_DENIED", r"permission denied|access (is )?denied|EACCES|not permitted|forbidden|\b403\b"),
        ("TIMEOUT", r"timed? ?out|deadline exceeded|ETIMEDOUT"),
        ("NETWORK_ERROR", r"connection (refused|reset|aborted)|network (is )?(unreachable|error)|ECONNREFUSED|dns"),
        ("SYNTAX_ERROR", r"syntax ?error|unexpected token|parse error|IndentationError"),
        ("VALIDATION_ERROR", r"validation|invalid (input|argument|parameter|value)|schema|is required|missing field"),
        ("COMMAND_FAILED", r"command (not found|failed)|exit (code|status)|non-zero|interrupted by user"),
        ("NOT_UNIQUE", r"not unique|multiple matches|found \d+ matches"),
    )
)


def error_class(error: str | None, name: str, own: Sequence[ErrorPattern] = ()) -> str:
    """The kind of an error in capitals, such as FILE_NOT_FOUND or OUT_OF_RANGE; NAME_FAILURE where nothing was said."""
    if not error or not error.strip():
        return f"{name}_FAILURE"
    known = recognise([error], "", own) or ""
    if known.startswith("other_"):
        return next((kind for kind, expression in _TOOL_ERRORS if expression.search(error)), known.upper())
    return known.upper()


def is_validation(error: str | None) -> bool:
    """Whether an error says that the input itself was refused."""
    return bool(error) and dict(_TOOL_ERRORS)["VALIDATION_ERROR"].search(error or "") is not None


def chance_above(successes: int, n: int, limit: float) -> float:
    """The probability that the true share is above `limit`, given `successes` of `n` (Jeffreys' prior; Brown 2001)."""
    return float(special.betaincc(successes + 0.5, n - successes + 0.5, limit))
