"""The door into the store, what became of a batch, and who may steer a recording."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.refold import GrowingSession
from combatlens.domain.snapshot import LiveStatus, State
from combatlens.ports.store import RollupRows


class Rejection(Struct, frozen=True):
    index: int
    error: str


class Receipt(Struct, frozen=True):
    """What became of a batch, **after the commit**."""

    accepted: int
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()
    session_id: str | None = None


class Overloaded(EnvironmentFault):
    """The recorder's queue is full; `retry_after_s` says when to come again."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__("the recorder's queue is full", f"send again in {retry_after_s:g} s")


class Ending(Struct, frozen=True):
    """How a session of a profile ended: its state, and when (Unix seconds)."""

    profile: str
    state: State
    end: float


class Folder(Protocol):
    """Another process that parsed events and can fold them too. For the recorder's thread."""

    @property
    def is_ahead(self) -> bool:
        """Whether it has time to fold: what it has parsed already waits to be taken in."""

    def lend(self, session_id: str, growing: GrowingSession, *, fresh: bool) -> None:
        """From now on the session is folded there. `fresh`: the store has nothing that follows from its events."""

    def fold(self, session_id: str, arrived: float, runs: Sequence[Run]) -> None:
        """Fold further events of a lent session. Does not wait for it."""

    def holds(self, session_id: str) -> bool:
        """Whether the session is lent, and not recalled."""

    def recall(self, session_id: str, ending: Ending | None = None) -> bool:
        """Ask for a lent session back, or for what its ending leaves to be written; whether that has come already."""

    def take(self, session_id: str) -> GrowingSession | None:
        """The session back, waited for; None where it was lost or has ended: then the store has its events."""

    def ended(self, session_id: str, ending: Ending) -> RollupRows | None:
        """What the store is to have of the session, waited for; None where it was lost."""


class Origin(Struct, frozen=True):
    """Where a batch was parsed, and its number there."""

    folder: Folder
    number: int


class Run(Struct, frozen=True):
    """Events of a batch of `origin`, from `begin` up to `end`, and the numbers that they were given."""

    origin: Origin
    begin: int
    end: int
    numbers: Sequence[int]


class Recorder(Protocol):
    """The one door into the store. Safe to call from any thread; never blocks on the disk."""

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
        origin: Origin | None = None,
    ) -> Future[Receipt]:  # fmt: skip
        """Queue a batch; the future is done once it is committed. Raises Overloaded when the queue is full.

        `after`: an earlier batch's future. Where that one fails, this one fails with it, and leaves no hole between.
        `origin`: who parsed the batch, and may fold it too.
        """


class Live(Protocol):
    """The live picture; cheap, callable from any thread."""

    def status(self) -> LiveStatus: ...


class Control(Protocol):
    """What hotkeys, tray, `ctl` and the API may ask for. Each answer is done after the commit."""

    def start(self, *, session_id: str | None = None, mode: str | None = None, build: str | None = None,
              zone: str | None = None, character: str = "") -> Future[Receipt]: ...  # fmt: skip
    def pause(self, *, character: str = "") -> Future[Receipt]: ...
    def resume(self, *, character: str = "") -> Future[Receipt]: ...
    def toggle_pause(self, *, character: str = "") -> Future[Receipt]: ...
    def end(self, *, character: str = "") -> Future[Receipt]: ...
    def mark(self, label: str, *, at: float | None = None, character: str = "") -> Future[Receipt]: ...
    def count_kill(self, *, at: float | None = None, character: str = "") -> Future[Receipt]: ...
    def count_death(self, *, at: float | None = None, character: str = "") -> Future[Receipt]: ...
