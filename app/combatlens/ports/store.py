"""The durable store, what one transaction does to it, and what waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, Recorded
from combatlens.domain.facts import Link
from combatlens.domain.records import EncounterRecord, Minute, SessionSummary, SkillTotals
from combatlens.domain.snapshot import State
from combatlens.domain.tallies import Actor, Target, Zone


class StoreAway(EnvironmentFault):
    """The server that keeps the store does not answer; whether the last transaction was kept is not known."""


class RowRefused(EnvironmentFault):
    """The store will not take what it was given, and nothing of the transaction was kept."""


class Overtaken(RowRefused):
    """Another machine wrote the same event, or a session of the same name, just before: the store knows it now."""


class StoreRefuses(StoreAway):
    """The server answers and lets nobody in by this address: another name or password may be needed."""


class SessionHead(Struct, frozen=True, kw_only=True):
    """What the recorder must know of a session to decide what joins it. Unix seconds."""

    session_id: str
    character: str
    profile: str
    state: State
    start: float
    last: float
    end: float | None = None
    explicit: bool = False
    """Begun by a start: its beginning does not move for earlier events."""
    owner: str = ""
    """Who records it (`owner_of_process`, or "script"); "" once it is closed."""
    pruned: bool = False
    """Its events were pruned: only its rollups are left, so nothing can be added to it."""


class RollupRows(Struct, kw_only=True):
    """The rows of a session's rollups that changed. Lists number from `*_from` (None: unchanged); older ones go."""

    summary: SessionSummary
    replaces_all: bool = False
    """These are all of the session's rows: what is there goes first."""
    skills: dict[str, SkillTotals] = {}
    skills_gone: tuple[str, ...] = ()
    targets: dict[str, Target] = {}
    targets_gone: tuple[str, ...] = ()
    zones: dict[str, Zone] = {}
    zones_gone: tuple[str, ...] = ()
    actors: dict[str, Actor] = {}
    actors_gone: tuple[str, ...] = ()
    minutes_from: float = 0.0
    minutes: tuple[Minute, ...] = ()
    encounters_from: int | None = None
    encounters: tuple[EncounterRecord, ...] = ()
    moments_from: int | None = None
    moments: tuple[tuple[float, str, str], ...] = ()


class SessionChange(Struct, kw_only=True):
    """Everything that one transaction does to one session."""

    head: SessionHead
    rollup: RollupRows
    links: dict[int, Link | None] = {}
    adopted: tuple[int, ...] = ()
    """Seqs of events kept without a session, or in another one that is changed too, that now belong to this one."""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """What was corrected, deleted, pruned or anonymised, and when (Unix seconds)."""

    at: float
    action: str
    subject: str
    detail: dict[str, Any] = {}


class Revision(Struct, kw_only=True):
    """A correction of what was recorded; one transaction. The changes of sessions hold all of their rows."""

    changes: Sequence[SessionChange] = ()
    replaced: Sequence[Recorded] = ()
    removed: Sequence[int] = ()
    added: Sequence[Recorded] = ()
    deleted: Sequence[str] = ()
    favourites: dict[str, bool] = {}
    audit: AuditEntry | None = None


class Spooled(Struct, frozen=True, kw_only=True):
    """An event that waits for the server. `tried`: the number under which it may have arrived, 0 for none."""

    number: int
    tried: int
    character: str
    at: float
    source: str
    resolution: float
    event: Event


class Spool(Protocol):
    """Events on disk that wait for the store's server, in order."""

    def __len__(self) -> int: ...
    def put(self, events: Sequence[Spooled]) -> None:
        """Kept once it returns; numbers are given here. Raises EnvironmentFault."""

    def take(self, limit: int, after: int = 0) -> list[Spooled]:
        """The first that wait, with numbers over `after`; they stay until they are dropped."""

    def drop(self, through: int) -> None: ...
    def set_aside(self, event: Spooled, reason: str) -> None:
        """Drop one that the store will never take, and keep it with the reason."""

    def close(self) -> None: ...


class EventStore(Protocol):
    """The durable store. The recorder's thread alone writes; reads may come from any thread."""

    def write(
        self,
        records: Sequence[Recorded],
        changes: Callable[[], Sequence[SessionChange]],
        fresh: Sequence[SessionHead] = (),
    ) -> None:
        """One transaction. Raises EnvironmentFault (disk full, read-only, locked) with nothing written.

        `changes` is asked once, maybe while the records are on their way already. `fresh`: sessions of the records that
        are not in the store yet.
        """

    def revise(self, revision: Revision) -> None:
        """One transaction. Raises EnvironmentFault with nothing written."""

    def numbers(self) -> Iterator[int]:
        """Numbers for new events, growing, never given twice. Raises EnvironmentFault."""

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the store already."""

    def known_numbers(self, numbers: Sequence[int]) -> set[int]:
        """Those of these events' numbers that are in the store."""

    def heads(self, character: str | None = None) -> list[SessionHead]:
        """All sessions' heads (of one character), by start."""

    def is_taken(self, session_id: str) -> bool:
        """Whether a session of this id is in the store, this writer's or another's."""

    def unfinished(self) -> list[SessionHead]:
        """Sessions that are neither completed nor error."""

    def records(self, session_id: str) -> list[Recorded]:
        """A session's events in order of (`at`, seq)."""

    def parts(self, session_id: str) -> Iterator[list[Recorded]]:
        """The same, some thousand at a time."""

    def loose_records(self, character: str, since: float, until: float) -> list[Recorded]:
        """Events kept without a session."""

    def links(self, session_id: str) -> list[Link]: ...
    def document(self, name: str) -> str | None: ...
    def put_document(self, name: str, body: str | None) -> None: ...
    def close(self) -> None: ...
