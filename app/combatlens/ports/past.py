"""What was recorded and learned, to be looked at."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from combatlens.domain.records import SessionDetail, SessionRow, SessionSummary

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
