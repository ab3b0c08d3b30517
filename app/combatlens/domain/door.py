"""The door: raw JSON in, checked occurrences out. An event is accepted or refused whole."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from combatlens.domain.errors import RefusedEvent
from combatlens.domain.events import EVENT_TYPES, AnyEvent, Event, Occurrence

MAX_FUTURE_S = 300.0
"""A bot's event may lie this far in the future at most; more is a wrong clock or a wrong unit."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BOM = b"\xef\xbb\xbf"
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_array: msgspec.json.Decoder[list[AnyEvent]] = msgspec.json.Decoder(list[AnyEvent])
_raw_array: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


class NotJson(RefusedEvent):
    """The body as a whole is not what JSON is; there is nothing to take apart."""


class Admitted(Struct, frozen=True):
    """What came through the door. `indexes[i]` is the place in the batch of `occurrences[i]`."""

    occurrences: list[Occurrence]
    indexes: Sequence[int]
    refused: list[tuple[int, str]]


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
        event = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise RefusedEvent(_explain(str(error)), "see GET /v1/schema") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedEvent(f"no JSON: {error}", "send one JSON object an event") from None
    if _holds_nul(bytes(raw)):
        raise RefusedEvent("a text holds the character NUL", "leave it out")
    return event


def decode_batch(raw: bytes) -> list[Event | RefusedEvent]:
    """A JSON object or an array of them -> an event, or why it is refused, for each. Raises NotJson."""
    body = raw.removeprefix(_BOM).lstrip()
    if body.startswith(b"{"):
        return [_one_of_one(body)]
    if not body.startswith(b"["):
        raise NotJson("the body is neither a JSON object nor an array", "send an event or a list of events")
    if b"\\u0000" not in body:
        try:
            return list(_array.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # one of them is at fault: find out which
    return [_one(item) for item in _items(body)]


def decode_lines(raw: bytes) -> list[Event | RefusedEvent]:
    """NDJSON: one event a line, empty lines do not count -> an event, or why it is refused, for each."""
    body = raw.removeprefix(_BOM)
    if b"\\u0000" not in body:
        try:
            return list(_decoder.decode_lines(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return [_one(line) for line in body.split(b"\n") if line.strip()]


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


def admit_batch(items: Sequence[Event | RefusedEvent], *, now: float, source: str) -> Admitted:
    """Stamp a decoded batch; what is refused is told by its place in the batch."""
    occurrences: list[Occurrence] = []
    indexes: list[int] = []
    refused: list[tuple[int, str]] = []
    for index, item in enumerate(items):
        try:
            if isinstance(item, RefusedEvent):
                raise item
            occurrences.append(admit(item, now=now, source=source))
        except RefusedEvent as error:
            refused.append((index, str(error)))
        else:
            indexes.append(index)
    return Admitted(occurrences, indexes, refused)


def _holds_nul(raw: bytes) -> bool:
    """No game writes NUL into a name, and PostgreSQL cannot keep it: such an event could never be committed."""
    return b"\\u0000" in raw and _NUL.search(raw) is not None


def _one(raw: bytes | msgspec.Raw) -> Event | RefusedEvent:
    try:
        return decode_event(raw)
    except RefusedEvent as refusal:
        refusal.kind = _kind_of(raw)
        return refusal


class _Typed(msgspec.Struct):
    type: str = ""


def _kind_of(raw: bytes | msgspec.Raw) -> str:
    """The known type that a refused event names, else ""."""
    try:
        named = msgspec.json.decode(raw, type=_Typed).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return named if named in EVENT_TYPES else ""


def _one_of_one(raw: bytes) -> Event | RefusedEvent:
    """A lone object: refused as an event when it is JSON, NotJson when it is not."""
    found = _one(raw)
    if isinstance(found, RefusedEvent):
        _items(b"[" + raw + b"]")
    return found


def _items(array: bytes) -> Sequence[bytes | msgspec.Raw]:
    """The items of a JSON array as they were written. Raises NotJson."""
    try:
        return _raw_array.decode(array)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # half a surrogate pair in one text is JSON still, and must not cost the other events
    try:
        return [json.dumps(item).encode() for item in json.loads(array, parse_constant=_no_constant)]
    except (ValueError, RecursionError) as error:
        hint = "several lines need Content-Type: application/x-ndjson" if b"}\n{" in array else "mend the sender"
        raise NotJson(f"the body is no JSON: {error}", hint) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _explain(message: str) -> str:
    if "at `$.type`" in message or "missing required field `type`" in message:
        return f"{message}; known types: {', '.join(EVENT_TYPES)}"
    return message
