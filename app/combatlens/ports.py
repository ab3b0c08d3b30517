"""What the services need from the outside, as Protocols; the adapters fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, Occurrence, Recorded
from combatlens.domain.facts import Link
from combatlens.domain.records import (
    EncounterRecord,
    Minute,
    SessionDetail,
    SessionRow,
    SessionSummary,
    SkillTotals,
)
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health, LiveStatus, State
from combatlens.domain.tallies import Actor, Target, Zone

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]


class Clock(Protocol):
    """The only time there is. UTC, anchored at the start and advanced by a clock that runs on in suspend."""

    def now(self) -> float:
        """Unix seconds, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""


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


class StoreAway(EnvironmentFault):
    """The server that keeps the store does not answer; whether the last transaction was kept is not known."""


class RowRefused(EnvironmentFault):
    """The store will not take what it was given, and nothing of the transaction was kept."""


class StoreRefuses(StoreAway):
    """The server answers and lets nobody in by this address: another name or password may be needed."""


class Recorder(Protocol):
    """The one door into the store. Safe to call from any thread; never blocks on the disk."""

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None
    ) -> Future[Receipt]:
        """Queue a batch; the future is done once it is committed. Raises Overloaded when the queue is full.

        `after`: an earlier batch's future. Where that one fails, this one fails with it, and leaves no hole between.
        """


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


class FrameGrabber(Protocol):
    """Pictures of a rectangle of the screen, physical pixels."""

    def grab(self, x: int, y: int, width: int, height: int) -> Image:
        """A picture, uint8 BGR, shape (height, width, 3). Raises EnvironmentFault when it cannot be taken."""

    def bounds(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the whole virtual screen."""

    def close(self) -> None: ...


class TextLine(Struct, frozen=True):
    """A line as a reader saw it. `confidence` 0 to 1; `reader` says which one."""

    text: str
    confidence: float
    reader: str


class TextReader(Protocol):
    """OCR of one line of text."""

    name: str

    def read(self, image: Image) -> TextLine:
        """Read a picture (uint8, grey or BGR). An empty text means that there is none."""

    def close(self) -> None: ...


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


class ParsedLine(Struct, frozen=True):
    """What a dialect made of one line. `shape` names a known line without event, "" an unknown one."""

    events: tuple[Occurrence, ...] = ()
    shape: str = ""


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


SortKey = Literal[
    "start_time", "active_minutes", "total_xp_gained", "xp_per_hour", "kills", "deaths", "build", "rating"
]


class SessionQuery(Struct, frozen=True, kw_only=True):
    """`text` is looked for in id, build, zone, mode, notes and character. Times are Unix seconds."""

    text: str = ""
    character: str = ""
    build: str = ""
    since: float | None = None
    until: float | None = None
    sort: SortKey = "start_time"
    descending: bool = True
    limit: int | None = None
    offset: int = 0


class SessionPage(Struct, frozen=True):
    rows: tuple[SessionRow, ...]
    total: int


class History(Protocol):
    """The past. Blocking reads, for a worker thread; safe to call from any thread."""

    def sessions(self, query: SessionQuery) -> SessionPage: ...
    def summary(self, session_id: str) -> SessionSummary:
        """Raises NotFound."""

    def detail(self, session_id: str) -> SessionDetail:
        """Raises NotFound."""

    def insights(self) -> dict[str, Any]:
        """The object of `learned_combat_insights.json`; {} before the first session."""

    def was_advised(self, recommendation_id: str) -> bool:
        """Whether this stands, or ever stood, in the recommendations. True, too, while the store's server is away:
        nobody can tell then."""


class Coach(Protocol):
    """What the windows ask about goals, trials and learnings. Blocking, for a worker thread; raises EnvironmentFault.

    Answers are the objects that the commands of the same names print with `--json`.
    """

    def goals(self) -> list[dict[str, Any]]: ...
    def add_goal(self, metric: str, target: float, description: str) -> None: ...
    def remove_goal(self, goal_id: str) -> None: ...
    def trials(self) -> list[dict[str, Any]]: ...
    def add_trial(self, kind: str, a: str, b: str) -> None: ...
    def remove_trial(self, trial_id: str) -> None: ...
    def learnings(self) -> dict[str, Any]:
        """`extracted_learnings.json`; {} before the first run."""

    def learn(self) -> None:
        """A run of `learn run`."""

    def patterns(self) -> list[dict[str, Any]]: ...
    def decide(self, recommendation_id: str, decision: str, notes: str) -> None:
        """Done after the commit. `decision`: accepted, modified or rejected."""


class SettingsStore(Protocol):
    def load(self) -> Settings: ...
    def save(self, settings: Settings) -> None:
        """Written whole or not at all."""


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

    def loose_records(self, character: str, since: float, until: float) -> list[Recorded]:
        """Events kept without a session."""

    def links(self, session_id: str) -> list[Link]: ...
    def document(self, name: str) -> str | None: ...
    def put_document(self, name: str, body: str | None) -> None: ...
    def close(self) -> None: ...
