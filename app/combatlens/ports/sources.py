"""Where events come from: threads of their own, lines of a log, keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from combatlens.domain.events import Occurrence
from combatlens.domain.snapshot import Health
from combatlens.ports.recording import Receipt


class EventSource(Protocol):
    """Something that produces events on a thread of its own: the log tail, the screen, the inbox, hotkeys.

    `start` gives it `emit` (hand over a batch; returns the future of its receipt) and returns at once.
    """

    name: str

    def start(self, emit: Callable[[Sequence[Occurrence]], Future[Receipt]]) -> None: ...

    def stop(self, timeout: float = 5.0) -> None:
        """Signal the thread and join it. Safe to call twice."""

    def health(self) -> Health:
        """How it is now; cheap, callable from any thread."""


class ParsedLine(Struct, frozen=True):
    """What a dialect made of one line. `shape` names a known line without event, "" an unknown one."""

    events: tuple[Occurrence, ...] = ()
    shape: str = ""


class HotkeyProblem(Struct, frozen=True):
    intent: str
    key: str
    what: str
    remedy: str


class Hotkeys(Protocol):
    """Global key bindings. `bind` replaces all of them and says which could not be had, in words."""

    name: str

    def bind(self, keys: dict[str, str], on_intent: Callable[[str, float], None]) -> tuple[HotkeyProblem, ...]:
        """`keys`: intent -> combination such as `ctrl+alt+k`; `on_intent(intent, unix_seconds)` runs on its thread."""

    def stop(self) -> None: ...
