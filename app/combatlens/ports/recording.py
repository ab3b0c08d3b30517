"""The door into the store, what became of a batch, and who may steer a recording."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.snapshot import LiveStatus


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


class Recorder(Protocol):
    """The one door into the store. Safe to call from any thread; never blocks on the disk."""

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None
    ) -> Future[Receipt]:
        """Queue a batch; the future is done once it is committed. Raises Overloaded when the queue is full.

        `after`: an earlier batch's future. Where that one fails, this one fails with it, and leaves no hole between.
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
