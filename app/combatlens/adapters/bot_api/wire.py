"""How answers look on the wire: JSON, times as ISO 8601, and errors that say what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp.web import Response

from combatlens.domain.errors import EnvironmentFault, NotFound, RefusedEvent
from combatlens.domain.snapshot import LiveStatus
from combatlens.ports import Overloaded

_encode = msgspec.json.Encoder().encode
_TIMES = frozenset(
    {"at", "start", "end", "since", "start_time", "end_time", "started_at", "last_event_at", "last_used"}
)
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "CombatLens"}


class Refusal(Exception):
    """A request that is answered with an error; `close` ends the connection, as its body was not read."""

    def __init__(self, status: int, message: str, *, close: bool = False, headers: Mapping[str, str] | None = None):
        self.status = status
        self.message = message
        self.close = close
        self.headers = headers or {}
        super().__init__(message)

    def response(self) -> Response:
        answer = reply({"error": self.message}, self.status)
        answer.headers.update(self.headers)
        if self.close:
            answer.force_close()
        return answer


def reply(body: Any, status: int = 200) -> Response:
    return Response(body=_encode(body), status=status, content_type="application/json", headers=_HEADERS)


def refusal_of(fault: EnvironmentFault) -> Refusal:
    """The status that fits a fault."""
    if isinstance(fault, Overloaded):
        wait = str(max(1, math.ceil(fault.retry_after_s)))
        return Refusal(429, str(fault), headers={"Retry-After": wait})
    if isinstance(fault, NotFound):
        return Refusal(404, str(fault))
    return Refusal(400 if isinstance(fault, RefusedEvent) else 503, str(fault))


def iso(seconds: float) -> str:
    """Unix seconds -> ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def readable(record: Any) -> Any:
    """A record as JSON-able objects, its times as ISO 8601."""
    return _with_iso_times(msgspec.to_builtins(record))


def status_object(status: LiveStatus, character: str = "") -> dict[str, Any]:
    """The live status; with `character`, of that one. Raises NotFound."""
    if character and status.current.character != character:
        for snapshot in status.characters:
            if snapshot.character == character:
                status = msgspec.structs.replace(status, current=snapshot)
                break
        else:
            known = ", ".join(sorted({s.character for s in status.characters})) or "none"
            raise NotFound(f"no character {character!r} was seen", f"seen so far: {known}")
    shown: dict[str, Any] = readable(status)
    return shown


def _with_iso_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: iso(item) if key in _TIMES and isinstance(item, float | int) else _with_iso_times(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return [_with_iso_times(item) for item in value]
    return value
