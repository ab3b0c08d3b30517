"""Records as JSON shows them: ISO 8601 times with zone, whole numbers where they are whole, every key present."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from combatlens.domain.records import SessionDetail, SessionRow, SessionSummary
from combatlens.domain.snapshot import LiveStatus, Snapshot

_TIMES = frozenset(
    {"at", "start", "end", "start_time", "end_time", "last_used", "started_at", "last_event_at", "since"}
)
_FRACTIONS = ("_rate", "_minutes", "average_", "_per_", "_s", "dps", "rating", "share", "confidence", "levels", "ratio")


def iso(at: float | None) -> str | None:
    """Unix seconds -> ISO 8601 in UTC with its offset."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def session_json(summary: SessionSummary) -> dict[str, Any]:
    """The session object of CONTRACT, "What `--json` prints"."""
    return _object(msgspec.to_builtins(summary))


def row_json(row: SessionRow) -> dict[str, Any]:
    return _object(msgspec.to_builtins(row))


def detail_json(detail: SessionDetail) -> dict[str, Any]:
    """The session object with its minutes, encounters and moments."""
    return {
        **session_json(detail.summary),
        "minutes": [_object(msgspec.to_builtins(minute)) for minute in detail.minutes],
        "encounters": [_object(msgspec.to_builtins(encounter)) for encounter in detail.encounters],
        "moments": [{"at": iso(at), "kind": kind, "text": text} for at, kind, text in detail.moments],
    }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    found = _object(msgspec.to_builtins(snapshot))
    found["status"] = snapshot.state
    return found


def status_json(status: LiveStatus) -> dict[str, Any]:
    """`status --json` and `/v1/status`: the current character's picture, all characters', every source's health, the
    alerts of the last hour."""
    return {
        **snapshot_json(status.current),
        "characters": [snapshot_json(snapshot) for snapshot in status.characters],
        "health": [_object(msgspec.to_builtins(health)) for health in status.health],
        "alerts": [dict(alert) for alert in status.alerts],
        "version": status.version,
    }


def _object(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(key, item) for key, item in value.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _value(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_object(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, float):
        if key in _TIMES:
            return iso(value)
        if value.is_integer() and not any(sign in key for sign in _FRACTIONS):
            return int(value)
    return value
