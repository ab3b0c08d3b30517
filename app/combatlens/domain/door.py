"""The door: raw JSON in, checked occurrences out. An event is accepted or refused whole."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import msgspec

from combatlens.domain.errors import RefusedEvent
from combatlens.domain.events import EVENT_TYPES, AnyEvent, Event, Occurrence

MAX_FUTURE_S = 300.0
"""A bot's event may lie this far in the future at most; more is a wrong clock or a wrong unit."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def parse_time(value: str | float) -> float:
    """ISO 8601 with a zone, or Unix seconds -> Unix seconds, whole microseconds. Raises RefusedEvent."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise RefusedEvent(f"`at` is no time: {value[:40]!r}", "send ISO 8601 or Unix seconds") from None
        if moment.tzinfo is None:
            raise RefusedEvent(f"`at` has no zone: {value[:40]!r}", "append Z or an offset such as +02:00")
        seconds = moment.timestamp()
    else:
        seconds = float(value)
    if not math.isfinite(seconds) or seconds < _EARLIEST:
        raise RefusedEvent(f"`at` is before 1990: {value!r}", "send ISO 8601 or Unix seconds")
    return round(seconds, 6)


def decode_event(raw: bytes | msgspec.Raw) -> Event:
    """One JSON object -> event. Raises RefusedEvent with the field at fault."""
    try:
        return _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise RefusedEvent(_explain(str(error)), "see GET /v1/schema") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedEvent(f"no JSON: {error}", "send one JSON object an event") from None


def admit(
    event: Event, *, now: float, source: str, resolution: float = 0.0, max_future: float = MAX_FUTURE_S
) -> Occurrence:
    """Stamp an event with its time. Raises RefusedEvent for a time that cannot be."""
    if event.at is None:
        return Occurrence(event, now, source, resolution)
    at = parse_time(event.at)
    if at > now + max_future:
        raise RefusedEvent(f"`at` is {at - now:.0f} s in the future", "check the sender's clock and unit (seconds)")
    return Occurrence(event, at, source, resolution)


def _explain(message: str) -> str:
    if "at `$.type`" in message or "missing required field `type`" in message:
        return f"{message}; known types: {', '.join(EVENT_TYPES)}"
    return message
