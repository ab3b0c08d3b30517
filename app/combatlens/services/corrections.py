"""What a correction makes of a session's events: pure functions over records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from combatlens.domain.door import decode_event, parse_time
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.events import Context, Event, Feedback, Label, Prose, Recorded, SessionOp, XpReading, plain_event
from combatlens.domain.fold import SessionFold

APP = "app"
LABELS = ("build", "mode", "zone")


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `sessions edit` asks. `remove`: numbers of events; `change`: number -> fields; `add`: event objects."""

    remove: tuple[int, ...] = ()
    change: dict[int, dict[str, Any]] = {}
    add: tuple[dict[str, Any], ...] = ()
    start: str | float | None = None
    build: Label | None = None
    mode: Label | None = None
    zone: Label | None = None
    notes: Prose | None = None
    rating: int | None = None
    favourite: bool | None = None

    def told(self) -> dict[str, Any]:
        """What is asked, without what is not."""
        found: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return {key: value for key, value in found.items() if value not in (None, [], {})}


class Sheet:
    """A session's records while they are corrected. `number` gives numbers for new events."""

    def __init__(self, records: Sequence[Recorded], start: float, character: str, session_id: str) -> None:
        self.records = {record.seq: record for record in records}
        self.start = start
        self.replaced: dict[int, Recorded] = {}
        self.removed: list[int] = []
        self.new: list[tuple[float, Event]] = []
        self._character = character
        self._session_id = session_id

    def put(self, record: Recorded, **changes: Any) -> None:
        self.records[record.seq] = self.replaced[record.seq] = structs.replace(record, **changes)

    def take_out(self, seq: int) -> None:
        if self.records.pop(seq, None) is None:
            raise NotFound(f"the session has no event {seq}", "see combatlens sessions show --events")
        self.replaced.pop(seq, None)
        self.removed.append(seq)

    def added(self, numbers: Sequence[int], arrived: float) -> list[Recorded]:
        """The new events as records with these numbers; they are on the sheet from now on."""
        made = [
            Recorded(seq, self._session_id, at, arrived, APP, self._character, event, id=event.id)
            for seq, (at, event) in zip(numbers, self.new, strict=True)
        ]
        self.records.update({record.seq: record for record in made})
        return made

    def of(self, kind: type[Event]) -> list[Recorded]:
        return [record for record in self.records.values() if isinstance(record.event, kind)]


def correct(sheet: Sheet, asked: Correction) -> None:
    """Apply a correction to the sheet. Raises EnvironmentFault, NotFound."""
    for seq in dict.fromkeys(asked.remove):
        sheet.take_out(seq)
    for seq, fields in asked.change.items():
        record = sheet.records.get(seq)
        if record is None:
            raise NotFound(f"the session has no event {seq}", "see combatlens sessions show --events")
        _change(sheet, record, fields)
    for item in asked.add:
        event = decode_event(msgspec.json.encode(item))
        if event.at is None:
            raise EnvironmentFault("an event to add needs `at`", "say when it happened")
        sheet.new.append((parse_time(event.at), structs.replace(event, at=None)))
    if asked.start is not None:
        _move_start(sheet, parse_time(asked.start))
    for name in LABELS:
        value = getattr(asked, name)
        if value is not None:
            _label(sheet, name, value)
    if asked.notes is not None:
        _note(sheet, asked.notes)
    if asked.rating is not None:
        _rate(sheet, asked.rating)
    if not sheet.records and not sheet.new:
        raise EnvironmentFault("nothing would be left of the session", "delete it instead")


def _change(sheet: Sheet, record: Recorded, fields: dict[str, Any]) -> None:
    old = plain_event(record)
    at = parse_time(fields["at"]) if fields.get("at") is not None else record.at
    wanted = {**old, **{key: value for key, value in fields.items() if key != "at"}}
    event = decode_event(msgspec.json.encode({key: value for key, value in wanted.items() if value is not None}))
    if type(event) is not type(record.event) or event.id not in (None, record.id):
        raise EnvironmentFault("an event keeps its type and its id", "remove it and add another")
    sheet.put(record, event=event, at=at)


def _move_start(sheet: Sheet, start: float) -> None:
    """Events before a later start leave the session; what says how it was played is moved to it."""
    for record in list(sheet.records.values()):
        if record.at >= start:
            continue
        if isinstance(record.event, Context) or (isinstance(record.event, SessionOp) and record.event.op == "start"):
            sheet.put(record, at=start)
        else:
            sheet.take_out(record.seq)
    sheet.start = start


def _label(sheet: Sheet, name: str, value: str) -> None:
    named = [r for r in (*sheet.of(SessionOp), *sheet.of(Context)) if getattr(r.event, name) is not None]
    for record in named:
        sheet.put(record, event=structs.replace(record.event, **{name: value}))
    if not named:
        sheet.new.append((sheet.start, structs.replace(Context(), **{name: value})))


def _note(sheet: Sheet, notes: str) -> None:
    ops = sheet.of(SessionOp)
    told = [record for record in ops if getattr(record.event, "notes", None) is not None] or ops[:1]
    for record in told:
        sheet.put(record, event=structs.replace(record.event, notes=notes))
    if not told:
        sheet.new.append((sheet.start, SessionOp(op="start", notes=notes)))


def _rate(sheet: Sheet, rating: int) -> None:
    given = sheet.of(Feedback)
    for record in given[1:]:
        sheet.take_out(record.seq)
    if given:
        sheet.put(given[0], event=structs.replace(given[0].event, rating=rating))
    else:
        last = max((record.at for record in sheet.records.values()), default=sheet.start)
        sheet.new.append((last, decode_event(msgspec.json.encode({"type": "feedback", "rating": rating}))))


def joined(parts: Sequence[Sequence[Recorded]]) -> list[Recorded]:
    """The records that must change so that parts of a session, in order, become one: an end becomes a resume."""
    return [
        structs.replace(record, event=SessionOp(op="resume", id=record.event.id, notes=record.event.notes))
        for part in parts[:-1]
        for record in part
        if isinstance(record.event, SessionOp) and record.event.op == "end"
    ]


def carried(before: SessionFold, records: Sequence[Recorded]) -> list[Event]:
    """What the second part of a split session must be told: how it is played, the last reading, a pause."""
    context: dict[str, Any] = {
        name: value
        for name in ("zone", "mode", "build", "weapon", "boost", "party_size", "quest", "level")
        if (value := getattr(before, name)) is not None
    }
    found: list[Event] = [Context(**context)] if context else []
    readings = [record for record in records if isinstance(record.event, XpReading)]
    if readings:
        found.append(structs.replace(readings[-1].event, id=None))
    if before.timeline.paused_by_user:
        found.append(SessionOp(op="pause"))
    return found
