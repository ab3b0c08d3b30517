"""A log of a tool's uses, one JSON object a use, as operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from combatlens.domain.door import parse_time
from combatlens.domain.errors import EnvironmentFault, RefusedEvent
from combatlens.domain.events import Action
from combatlens.learning.operations import Operation

_NAMES = ("tool_name", "tool", "name", "action")
_SESSIONS = ("agent_id", "session_id", "session")
_TIMES = ("timestamp", "at", "time")
_RESPONSES = ("tool_response", "tool_output", "response", "result")
_MILLISECONDS = ("duration_ms", "durationMs", "totalDurationMs", "execution_time_ms", "elapsed_ms")
_SECONDS = ("duration_seconds", "durationSeconds", "duration_s", "elapsed_s")
_ERRORS = ("error", "error_message", "stderr_error")
MAX_ERROR = 500


def tool_use(entry: Mapping[str, Any]) -> Operation:
    """One entry. Raises EnvironmentFault where it names no tool.

    A use failed when the entry or its response says so: an `error`, `success` false, `is_error`, `interrupted`, or an
    exit code other than 0.
    """
    name = _first(entry, _NAMES)
    if not isinstance(name, str) or not name:
        raise EnvironmentFault("an entry names no tool", f"it needs one of: {', '.join(_NAMES)}")
    response = _first(entry, _RESPONSES)
    inside = response if isinstance(response, Mapping) else {}
    error = _error(entry) or _error(inside)
    failed = bool(error) or _failed(entry) or _failed(inside)
    if isinstance(response, str) and response.lstrip().lower().startswith(("error", "<tool_use_error>")):
        failed, error = True, response
    if failed and not error:
        error = str(inside.get("stderr") or "")
    return Operation(
        name=name,
        session_id=str(_first(entry, _SESSIONS) or ""),
        success=not failed,
        duration_ms=_duration(entry) if _duration(entry) is not None else _duration(inside),
        error=error[:MAX_ERROR] or None if failed else None,
        at=_time(entry),
        kind="tool",
    )


def as_event(operation: Operation) -> Action:
    """The use as an `action` event of the contract."""
    return Action(
        name=operation.name[:200],
        success=operation.success,
        duration_ms=operation.duration_ms,
        error=operation.error,
        at=operation.at,
    )


def _first(entry: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((entry[key] for key in keys if entry.get(key) is not None), None)


def _error(entry: Mapping[str, Any]) -> str:
    value = _first(entry, _ERRORS)
    if isinstance(value, Mapping):
        value = value.get("message") or str(dict(value))
    return value if isinstance(value, str) else ""


def _failed(entry: Mapping[str, Any]) -> bool:
    if entry.get("success") is False or entry.get("is_error") is True or entry.get("interrupted") is True:
        return True
    code = _first(entry, ("exit_code", "exitCode", "returncode", "returnCode"))
    return isinstance(code, int) and code != 0


def _duration(entry: Mapping[str, Any]) -> float | None:
    for keys, factor in ((_MILLISECONDS, 1.0), (_SECONDS, 1000.0)):
        value = _first(entry, keys)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value) * factor
    return None


def _time(entry: Mapping[str, Any]) -> float | None:
    value = _first(entry, _TIMES)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    if not isinstance(value, str) and value > 1e11:
        value = value / 1000
    try:
        return parse_time(value)
    except RefusedEvent:
        return None
