"""What the server needs from the rest of the house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from combatlens.ports import Clock, Control, History, Live, Recorder
from combatlens.services.editor import Editor


class Advisor(Protocol):
    """What was learned and what to do about it. Blocking reads; every answer is a JSON-able object.

    Each may raise EnvironmentFault, and NotFound for a name that does not exist.
    """

    def recommendations(self, character: str) -> list[dict[str, Any]]: ...
    def metrics(self) -> dict[str, Any]: ...
    def report(self) -> dict[str, Any]: ...
    def goals(self) -> list[dict[str, Any]]: ...
    def decided(self) -> None:
        """A decision was committed. Returns at once."""


class Care(Protocol):
    """Care of the store while it is written to. Each may raise EnvironmentFault."""

    def prune(self, asked: PruneRequest) -> dict[str, Any]: ...
    def optimize(self) -> dict[str, Any]: ...


class PruneRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sessions are to lose their events. `modes`: those of these modes alone."""

    older_than_s: Annotated[float, Meta(ge=0)]
    modes: tuple[str, ...] = ()
    character: str = ""
    dry_run: bool = False


class Importing(Protocol):
    """Imports of logs, one at a time. `start` may raise EnvironmentFault."""

    def start(self, files: Sequence[str], profile: str | None, player: str) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Backend:
    """The collaborators of the server. `on_intent` takes what only the desktop can do (show, overlay, lock, quit)."""

    recorder: Recorder
    live: Live
    control: Control
    history: History
    clock: Clock
    version: str
    advisor: Advisor | None = None
    on_intent: Callable[[str], None] | None = None
    editor: Editor | None = None
    care: Care | None = None
    on_refused: Callable[[str, str, str], None] = lambda _source, _what, _reason: None
    """Told of every event refused: the source, the kind of event, the reason."""
    importing: Importing | None = None
