"""The events of the public contract: one frozen struct a type, told apart by the field `type`.

Amounts are numbers from 0 to 2^53. `at` is what the sender wrote: ISO 8601 with a zone, or Unix seconds;
`domain.door` turns it into Unix seconds (UTC) before anything else sees the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, overload

import msgspec
from msgspec import Meta, Struct, structs

MAX_AMOUNT = 2.0**53
MAX_META_BYTES = 4096
MAX_META_DEPTH = 32

Amount = Annotated[float, Meta(ge=0, le=MAX_AMOUNT)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Label = Annotated[str, Meta(max_length=200)]
Prose = Annotated[str, Meta(max_length=20_000)]
Tags = Annotated[tuple[Label, ...], Meta(max_length=100)]


def _deeper_than(levels: int, value: Any) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return levels == 0 or any(_deeper_than(levels - 1, item) for item in value)


class Event(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", gc=False
):
    """What every event may carry. `meta` is plain JSON, so no event is part of a cycle."""

    id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    at: str | float | None = None
    character: Name | None = None
    meta: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.meta is not None and len(msgspec.json.encode(self.meta)) > MAX_META_BYTES:
            raise ValueError(f"meta is over {MAX_META_BYTES} bytes; send less")
        if self.meta is not None and _deeper_than(MAX_META_DEPTH, self.meta):
            raise ValueError(f"meta is nested over {MAX_META_DEPTH} levels; flatten it")


class Acted(Event, frozen=True, kw_only=True):
    """An event with a doer: `actor` where it is not the character, `owner` where the actor is a pet."""

    actor: Name | None = None
    owner: Name | None = None


class SessionOp(Event, frozen=True, kw_only=True, tag="session"):
    op: Literal["start", "pause", "resume", "end"]
    session_id: Name | None = None
    mode: Label | None = None
    build: Label | None = None
    zone: Label | None = None
    notes: Prose | None = None
    reason: Label | None = None


class SkillUse(Acted, frozen=True, kw_only=True, tag="skill"):
    """One use of a skill. `periodic` marks a tick of damage over time: damage, but no use."""

    skill: Name
    damage: Amount = 0.0
    xp: Amount = 0.0
    success: bool = True
    target: Label | None = None
    critical: bool = False
    periodic: bool = False
    duration_ms: Amount | None = None
    error: Prose | None = None


class Kill(Acted, frozen=True, kw_only=True, tag="kill"):
    xp: Amount = 0.0
    target: Label | None = None


class Death(Acted, frozen=True, kw_only=True, tag="death"):
    cause: Label | None = None


class DamageTaken(Acted, frozen=True, kw_only=True, tag="damage_taken"):
    amount: Amount
    source: Label | None = None
    skill: Label | None = None
    periodic: bool = False


class Heal(Acted, frozen=True, kw_only=True, tag="heal"):
    amount: Amount
    target: Label | None = None
    skill: Label | None = None


class XpReading(Event, frozen=True, kw_only=True, tag="xp"):
    """A counter seen on the screen or sent by the bot: absolute `value`, or `percent` of the level."""

    value: Amount | None = None
    percent: Percent | None = None
    needed: Amount | None = None
    level: Count | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value is None and self.percent is None:
            raise ValueError("an xp event needs `value` or `percent`")


class XpGain(Acted, frozen=True, kw_only=True, tag="xp_gain"):
    amount: Amount | None = None
    percent: Amount | None = None
    xp_type: Label | None = None
    skill: Label | None = None
    target: Label | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.amount is None and self.percent is None:
            raise ValueError("an xp_gain event needs `amount` or `percent`")


class Action(Event, frozen=True, kw_only=True, tag="action"):
    """What a bot does besides fighting: travel, loot, heal, buff …"""

    name: Name
    success: bool = True
    duration_ms: Amount | None = None
    error: Prose | None = None


class Loot(Acted, frozen=True, kw_only=True, tag="loot"):
    item: Name
    count: Amount = 1.0
    value: Amount | None = None


class Expense(Event, frozen=True, kw_only=True, tag="expense"):
    amount: Amount
    item: Label | None = None


class Context(Event, frozen=True, kw_only=True, tag="context"):
    zone: Label | None = None
    mode: Label | None = None
    build: Label | None = None
    weapon: Label | None = None
    level: Count | None = None
    boost: Amount | Label | bool | None = None
    party_size: Count | None = None
    tags: Tags | None = None
    quest: Label | None = None


class Attempt(Event, frozen=True, kw_only=True, tag="attempt"):
    goal: Name
    steps: tuple[Prose, ...]
    success: bool
    errors: tuple[Prose, ...] = ()
    error_pattern: Label | None = None
    fix_applied: Prose | None = None
    attempt_number: Count | None = None


class Feedback(Event, frozen=True, kw_only=True, tag="feedback"):
    rating: Annotated[int, Meta(ge=1, le=5)]
    text: Prose | None = None
    tags: Tags = ()


class Decision(Event, frozen=True, kw_only=True, tag="decision"):
    recommendation_id: Name
    decision: Literal["accepted", "modified", "rejected"]
    notes: Prose | None = None


class Mark(Event, frozen=True, kw_only=True, tag="mark"):
    label: Label


AnyEvent = (
    SessionOp | SkillUse | Kill | Death | DamageTaken | Heal | XpReading | XpGain
    | Action | Loot | Expense | Context | Attempt | Feedback | Decision | Mark
)  # fmt: skip

EVENT_TYPES: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in AnyEvent.__args__}


class Occurrence(Struct, frozen=True, gc=False):
    """An event as a source hands it over.

    `at`: Unix seconds, UTC. `source`: bot, log, hotkey, screen or app. `resolution`: how coarse the
    source's time stamps are, in seconds (1.0 for a log that writes whole seconds).
    """

    event: Event
    at: float
    source: str
    resolution: float = 0.0


LOG = "log"
"""The source of what a combat log tells."""


class ToldEvents(Sequence[Occurrence]):
    """Very many events of a log in columns; one event object stands for all lines that say the same.

    `events` bear no ids: `ids` has them. `bodies`: the events as JSON, or None for each. Item by item it is a sequence
    of occurrences that bear ids.
    """

    __slots__ = ("at", "bodies", "events", "ids", "resolutions")

    def __init__(
        self, events: Sequence[Event], ids: Sequence[str], at: Sequence[float], resolutions: Sequence[float],
        bodies: Sequence[str | None] | None = None,
    ) -> None:  # fmt: skip
        self.events, self.ids, self.at, self.resolutions = events, ids, at, resolutions
        self.bodies: Sequence[str | None] = [None] * len(events) if bodies is None else bodies

    def __len__(self) -> int:
        return len(self.events)

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> ToldEvents: ...
    def __getitem__(self, index: int | slice) -> Occurrence | ToldEvents:
        if isinstance(index, slice):
            return ToldEvents(
                self.events[index], self.ids[index], self.at[index], self.resolutions[index], self.bodies[index]
            )
        return _named(self.events[index], self.ids[index], self.at[index], self.resolutions[index])

    def __iter__(self) -> Iterator[Occurrence]:
        return map(_named, self.events, self.ids, self.at, self.resolutions)


def _named(event: Event, name: str, at: float, resolution: float) -> Occurrence:
    return Occurrence(structs.replace(event, id=name), at, LOG, resolution)


class Recorded(Struct, frozen=True, gc=False):
    """An event as the store keeps it. `seq` grows with arrival; order of the fold is (`at`, `seq`)."""

    seq: int
    session_id: str
    at: float
    arrived: float
    source: str
    character: str
    event: Event
    resolution: float = 0.0
    id: str | None = None
    """What its source calls it. A log's event does not bear its id itself, since equal lines share one event."""
    body: str | None = None
    """The event as JSON, where that was made before."""


def plain_event(record: Recorded) -> dict[str, Any]:
    """A record's event as it is told outside: an object of JSON with its id."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record.event))
    return found if record.id is None else {"type": found.pop("type"), "id": record.id, **found}
