"""A session in memory: what is told of it, and what of that is on its way into the store."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from combatlens.domain import fold_view
from combatlens.domain.events import Recorded
from combatlens.domain.records import SessionDetail
from combatlens.domain.refold import GrowingSession
from combatlens.domain.snapshot import Snapshot, State
from combatlens.ports import Ending, Folder, RollupRows, Run, SessionHead
from combatlens.services.rollups import RollupWriter


class HeldSession:
    """A session in memory: its head, its fold and what of it is written."""

    def __init__(self, head: SessionHead, growing: GrowingSession | None, *, fresh: bool) -> None:
        self.head = head
        self.growing = growing
        self.writer = RollupWriter(growing, fresh=fresh) if growing else None
        self.fresh = fresh
        self.new: list[Recorded] = []
        self.runs: list[Run] = []
        """Those of the new events that were parsed by another process."""
        self.folder: Folder | None = None
        """The process that the session is lent to: it has the fold."""
        self.sent = False
        """What is new went to be folded there."""
        self.rollup: RollupRows | None = None
        """What it leaves to be written, worked out there."""
        self.adopted: list[Recorded] = []
        self.moved: set[int] = set()
        """Numbers of events in the store that leave it for another session with the next commit."""
        self.forced_end: tuple[State, float] | None = None
        self.folded = False
        """What is new is in the fold already, and not yet committed."""
        self.ended = head.end
        """When it ended, as far as is known, what is on its way to the fold included; None: it goes on."""
        self.rebuilt = False
        """It was told anew from the store since it goes on."""
        self.behind = False
        """It has events that its rollups do not tell, once what is new of it is committed."""
        self.owed = False
        """The store has events of it that its rollups do not tell yet."""
        self.touched = 0.0
        self.reached = max(head.last, head.end or head.last)
        """The latest moment it is known to last to, what is on its way to the fold included."""
        self.since = head.start

    @property
    def is_open(self) -> bool:
        return self.ended is None

    def force_end(self, state: State, at: float) -> None:
        """The next commit ends it at `at`."""
        self.forced_end, self.ended = (state, at), at

    @property
    def last(self) -> float:
        """When its last event was that is committed."""
        return self.reached if self.behind else self.head.last

    def can_end(self) -> bool:
        """Whether it can end at its last event without waiting for another process, which is asked what that needs."""
        return self.folder is None or self.folder.recall(
            self.head.session_id, Ending(self.head.profile, "completed", self.last)
        )

    def reach(self, at: float) -> None:
        """An event at `at` is on its way to this session."""
        self.reached = max(self.reached, at)
        self.since = min(self.since, at)

    def be_explicit(self) -> None:
        """A start was told for it after its first events."""
        self.head = structs.replace(self.head, explicit=True)

    def adopt(self, records: Sequence[Recorded]) -> None:
        """Take over events that belong to no session, or to another one, so far."""
        self.adopted += [structs.replace(record, session_id=self.head.session_id) for record in records]
        for record in records:
            if record.at >= self.since:
                self.reach(record.at)

    def go_on_after_all(self, head: SessionHead) -> None:
        """Its end could not be committed: with the next try it is told anew."""
        self.head = head
        self.growing = self.writer = self.folder = None
        self.behind = self.owed = True
        self.settle()

    def settle(self) -> None:
        """Nothing is on its way any more."""
        self.fresh = self.folded = self.sent = False
        self.rollup = None
        self.ended = self.head.end
        self.new, self.runs, self.adopted, self.moved, self.forced_end = [], [], [], set(), None

    def snapshot(self, now: float, gap_s: float) -> Snapshot | None:
        """Its live picture; None where it does not go on or is not in memory."""
        if self.growing is None or not self.is_open or now - self.head.last > gap_s:
            return None
        return fold_view.snapshot(self.growing.fold, self.head.session_id, self.head.profile, now)

    def detail(self) -> SessionDetail | None:
        """All of it; None where it is not in memory."""
        if self.growing is None:
            return None
        head = self.head
        return fold_view.detail(self.growing.fold, head.session_id, head.profile, head.state, head.end)
