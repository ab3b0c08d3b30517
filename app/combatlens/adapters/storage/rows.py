"""Records to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Row, Table

from combatlens.adapters.storage import schema
from combatlens.domain.events import EVENT_TYPES, AnyEvent, Recorded
from combatlens.domain.records import EncounterRecord, Minute, SessionRow, SessionSummary, SkillTotals
from combatlens.domain.tallies import Actor, Target, Zone
from combatlens.ports import AuditEntry, RollupRows, SessionHead

encoder = msgspec.json.Encoder()
_event = msgspec.json.Decoder(AnyEvent)
KINDS = {kind: tag for tag, kind in EVENT_TYPES.items()}
_summary = msgspec.json.Decoder(SessionSummary)


def event_row(record: Recorded, session: int | None) -> dict[str, Any]:
    (values,) = all_event_values([record], {record.session_id: session})
    return dict(zip(EVENT_COLUMNS, values, strict=True))


def all_event_values(records: Iterable[Recorded], keys: Mapping[str, int | None]) -> list[tuple[Any, ...]]:
    """Rows of events in the order of `EVENT_COLUMNS`; `keys` are those of their sessions."""
    encode, kinds = encoder.encode, KINDS
    return [
        (
            record.seq, keys[record.session_id] if record.session_id else None, record.at, record.arrived,
            record.source, record.character, kinds[type(event := record.event)], record.resolution, record.id,
            record.body or encode(event).decode(),
        )
        for record in records
    ]  # fmt: skip


def own_values(records: Iterable[Recorded], keys: Mapping[str, int | None]) -> list[Any]:
    """What tells such events apart: one after the other, each in the order of `OWN_COLUMNS`."""
    encode, kinds, found = encoder.encode, KINDS, list[Any]()
    bodies: dict[int, str] = {}
    for record in records:
        event = record.event
        session = record.session_id
        body = record.body or bodies.get(id(event))
        if body is None:
            body = bodies[id(event)] = encode(event).decode()
        found += (
            record.seq,
            keys[session] if session else None,
            record.at,
            kinds[type(event)],
            record.id,
            body,
        )
    return found


def alike(records: Sequence[Recorded]) -> Iterator[tuple[tuple[Any, ...], Sequence[Recorded]]]:
    """Runs of events with the same values of `COMMON_COLUMNS`, as those of one source have, and these values."""
    begin = 0
    common = [(record.arrived, record.source, record.character, record.resolution) for record in records]
    for values, run in groupby(common):
        end = begin + len(list(run))
        yield values, records[begin:end]
        begin = end


COMMON_COLUMNS = ("arrived", "source", "character", "resolution")

OWN_COLUMNS = ("seq", "session", "at", "kind", "event_id", "body")

EVENT_COLUMNS = (
    "seq", "session", "at", "arrived", "source", "character", "kind", "resolution", "event_id", "body",
)  # fmt: skip


EVENTS_SHARED = 50_000
"""So many different events are remembered."""

RECORD_COLUMNS = ("seq", "at", "arrived", "source", "character", "body", "resolution", "event_id")


def records_of(found: Iterable[Any], session_id: str) -> list[Recorded]:
    """`found`: rows of RECORD_COLUMNS, in their order."""
    return RecordReader(session_id).read(found)


class RecordReader:
    """Rows of RECORD_COLUMNS to records, part after part. Equal lines of a log share one event, and all their words."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._events: dict[str, AnyEvent] = {}
        self._shared: dict[Any, Any] = {}

    def read(self, found: Iterable[Any]) -> list[Recorded]:
        session_id, events, share = self._session_id, self._events, self._shared.setdefault
        if len(events) + len(self._shared) > EVENTS_SHARED:
            events.clear()
            self._shared.clear()
        records = list[Recorded]()
        for seq, at, arrived, source, character, body, resolution, name in found:
            event = events.get(body)
            if event is None:
                event = events[body] = _event.decode(body)
            records.append(Recorded(
                seq, session_id, at, share(arrived, arrived), share(source, source), share(character, character),
                event, share(resolution, resolution), name,
            ))  # fmt: skip
        return records


def head_of(row: Row[Any]) -> SessionHead:
    return SessionHead(
        session_id=row.session_id, character=row.character, profile=row.profile, state=row.state, start=row.start_at,
        last=row.last_at, end=row.end_at, explicit=bool(row.explicit), owner=row.owner, pruned=bool(row.pruned),
    )  # fmt: skip


def session_row(head: SessionHead, summary: SessionSummary) -> dict[str, Any]:
    return {
        "session_id": head.session_id,
        "character": head.character,
        "profile": head.profile,
        "state": head.state,
        "explicit": int(head.explicit),
        "owner": head.owner,
        "start_at": head.start,
        "end_at": head.end,
        "last_at": head.last,
        "active_s": summary.active_minutes * 60.0,
        "xp": summary.total_xp_gained,
        "xp_per_hour": summary.xp_per_hour,
        "kills": summary.kills,
        "deaths": summary.deaths,
        "damage": summary.total_damage_dealt,
        "mode": summary.mode,
        "build": summary.build,
        "zone": summary.zone,
        "rating": summary.rating,
        "notes": summary.notes,
        "events": summary.events,
        "summary": encoder.encode(summary).decode(),
    }


def summary_of(body: str) -> SessionSummary:
    return _summary.decode(body)


def history_row(row: Row[Any]) -> SessionRow:
    return SessionRow(
        session_id=row.session_id, character=row.character, profile=row.profile, state=row.state,
        start_time=row.start_at, end_time=row.end_at, active_minutes=row.active_s / 60.0, total_xp_gained=row.xp,
        xp_per_hour=row.xp_per_hour, kills=row.kills, deaths=row.deaths, total_damage_dealt=row.damage, mode=row.mode,
        build=row.build, zone=row.zone, rating=row.rating, notes=row.notes,
    )  # fmt: skip


def skill_row(session: int, name: str, skill: SkillTotals) -> dict[str, Any]:
    return {
        "session": session, "name": name, "uses": skill.usage_count, "successes": skill.successes,
        "damage": skill.total_damage, "xp": skill.xp, "occupied_s": skill.occupied_s, "criticals": skill.criticals,
        "max_damage": skill.max_damage, "last_used": skill.last_used,
    }  # fmt: skip


def skill_of(row: Row[Any]) -> SkillTotals:
    uses, occupied = row.uses, row.occupied_s
    return SkillTotals(
        usage_count=uses, successes=row.successes, total_damage=row.damage,
        average_damage=row.damage / uses if uses else 0.0, success_rate=row.successes / uses if uses else 0.0,
        xp=row.xp, xp_per_use=row.xp / uses if uses else 0.0, occupied_s=occupied,
        damage_per_second=row.damage / occupied if occupied > 0 else None,
        xp_per_minute=row.xp * 60.0 / occupied if occupied > 0 else None, criticals=row.criticals,
        max_damage=row.max_damage, last_used=row.last_used,
    )  # fmt: skip


def plain_row(session: int, name: str, value: Target | Zone | Actor) -> dict[str, Any]:
    return {"session": session, "name": name, **msgspec.structs.asdict(value)}


def minute_row(session: int, minute: Minute) -> dict[str, Any]:
    return {"session": session, **msgspec.structs.asdict(minute)}


def minute_of(row: Row[Any]) -> Minute:
    return Minute(
        start=row.start, active_s=row.active_s, xp=row.xp, damage=row.damage, damage_taken=row.damage_taken,
        kills=row.kills, deaths=row.deaths, uses=row.uses,
    )  # fmt: skip


def encounter_row(session: int, number: int, encounter: EncounterRecord) -> dict[str, Any]:
    return {
        "session": session, "number": number, "start_at": encounter.start, "end_at": encounter.end,
        "targets": encoder.encode(encounter.targets).decode(), "damage": encounter.damage,
        "damage_taken": encounter.damage_taken, "uses": encounter.uses, "kills": encounter.kills,
        "deaths": encounter.deaths, "xp": encounter.xp, "outcome": encounter.outcome,
    }  # fmt: skip


def encounter_of(row: Row[Any]) -> EncounterRecord:
    return EncounterRecord(
        start=row.start_at, end=row.end_at, targets=tuple(msgspec.json.decode(row.targets)), damage=row.damage,
        damage_taken=row.damage_taken, uses=row.uses, kills=row.kills, deaths=row.deaths, xp=row.xp,
        outcome=row.outcome,
    )  # fmt: skip


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at, "action": entry.action, "subject": entry.subject,
        "detail": encoder.encode(entry.detail).decode(),
    }  # fmt: skip


def audit_of(row: Row[Any]) -> AuditEntry:
    return AuditEntry(at=row.at, action=row.action, subject=row.subject, detail=msgspec.json.decode(row.detail))


def rollup_rows(key: int, rollup: RollupRows) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """What a commit puts into each table."""
    yield schema.session_skills, [skill_row(key, name, skill) for name, skill in rollup.skills.items()]
    yield schema.session_targets, [plain_row(key, name, row) for name, row in rollup.targets.items()]
    yield schema.session_zones, [plain_row(key, name, row) for name, row in rollup.zones.items()]
    yield schema.session_actors, [plain_row(key, name, row) for name, row in rollup.actors.items()]
    yield schema.minutes, [minute_row(key, minute) for minute in rollup.minutes]
    if rollup.encounters_from is not None:
        numbered = enumerate(rollup.encounters, rollup.encounters_from)
        yield schema.encounters, [encounter_row(key, number, fight) for number, fight in numbered]
    if rollup.moments_from is not None:
        yield (
            schema.moments,
            [
                {"session": key, "number": number, "at": at, "kind": kind, "text": text}
                for number, (at, kind, text) in enumerate(rollup.moments, rollup.moments_from)
            ],
        )


def begins_of(rollup: RollupRows) -> Iterator[tuple[Table, float]]:
    """The lists that are told anew, each with where: what stood there from then on goes."""
    if rollup.minutes:
        yield schema.minutes, rollup.minutes_from
    if rollup.encounters_from is not None:
        yield schema.encounters, rollup.encounters_from
    if rollup.moments_from is not None:
        yield schema.moments, rollup.moments_from
