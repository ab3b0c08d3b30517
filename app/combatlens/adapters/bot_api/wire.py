"""How answers look on the wire: JSON, and errors that say what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp.web import Response

from combatlens.domain.errors import EnvironmentFault, NotFound, RefusedEvent
from combatlens.domain.present import status_json
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


def status_object(status: LiveStatus, character: str = "") -> dict[str, Any]:
    """The live status; with `character`, of that one. Raises NotFound."""
    if character and status.current.character != character:
        found = [snapshot for snapshot in status.characters if snapshot.character == character]
        if not found:
            known = ", ".join(sorted({s.character for s in status.characters})) or "none"
            raise NotFound(f"no character {character!r} was seen", f"seen so far: {known}")
        status = msgspec.structs.replace(status, current=found[0])
    return status_json(status)
