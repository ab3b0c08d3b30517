"""How the new events of a held session are folded: onto what is in memory, or with all of it from the store."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from msgspec import structs

from combatlens.domain.events import Recorded, SessionOp
from combatlens.domain.fold import AFTERTHOUGHTS, FoldRules
from combatlens.domain.refold import GrowingSession, NeedsHistory
from combatlens.ports import EventStore, SessionChange
from combatlens.services.held import HeldSession
from combatlens.services.rollups import RollupWriter

_at = attrgetter("at")


class Folding:
    """It belongs to the recorder's thread."""

    def __init__(self, store: EventStore, rules: FoldRules, gap_s: float, owner: str) -> None:
        """`owner`: whose the open sessions are."""
        self._store = store
        self._rules = rules
        self._gap_s = gap_s
        self._owner = owner

    def fold_new(self, session: HeldSession) -> None:
        """Fold what was routed to the session since the last commit, unless that can wait for more that is late."""
        new = [*session.adopted, *session.new]
        start = session.head.start
        if min(map(_at, session.new), default=start) < start:
            start = min([start, *(r.at for r in session.new if not isinstance(r.event, AFTERTHOUGHTS))])
        growing = session.growing
        try:
            if growing is None or start < session.head.start:
                raise NeedsHistory
            growing.add(new)
        except NeedsHistory:
            if session.rebuilt and self._can_wait(session, start):
                session.behind, session.growing, session.writer = True, None, None
                return
            growing = self._rebuild(session, new, start)
        session.growing, session.behind = growing, False
        fold = growing.fold
        last = fold.timeline.last if session.moved else max(fold.timeline.last, session.head.last)
        end, state = session.head.end, session.head.state
        if session.forced_end is not None:
            state, end = session.forced_end
            fold.finish(end)
        elif fold.ended_at is not None:
            state, end = "completed", fold.ended_at
        elif end is not None and all(isinstance(record.event, AFTERTHOUGHTS) for record in new):
            fold.finish(end)
        elif new:
            state, end = ("paused" if fold.timeline.reasons else "active"), None
        session.head = structs.replace(
            session.head, start=start, last=last, end=end, state=state, owner="" if end is not None else self._owner
        )  # fmt: skip
        session.folded = True

    def _can_wait(self, session: HeldSession, start: float) -> bool:
        """Whether a session of the past may be told anew later: more that is late will follow, as in an import.

        It was told anew before, so it stands in the store as going on: what breaks off meanwhile is made good at the
        next start.
        """
        return (
            session.is_open and start >= session.head.start and not (session.adopted or session.moved)
            and all(
                record.arrived - record.at > self._gap_s and not isinstance(record.event, SessionOp)
                for record in session.new
            )
        )  # fmt: skip

    def _rebuild(self, session: HeldSession, new: Sequence[Recorded], start: float) -> GrowingSession:
        head = session.head
        old = [] if session.fresh else self._store.records(head.session_id)
        old = [record for record in old if record.seq not in session.moved]
        seen = {record.seq for record in old}
        growing = GrowingSession.rebuild(
            [*old, *(r for r in new if r.seq not in seen)], start, head.character, self._rules
        )
        for link in () if session.fresh else self._store.links(head.session_id):
            growing.new_links.setdefault(link.secondary, None)
        session.writer = RollupWriter(growing, fresh=session.fresh)
        session.rebuilt = not session.fresh
        return growing

    @staticmethod
    def change(session: HeldSession) -> SessionChange:
        """What the commit must write of the session."""
        if session.growing is None or session.writer is None:
            raise AssertionError("folded before it is written")
        head = session.head
        rollup = session.writer.changed(
            head.session_id, head.profile, head.state, head.end, final=head.end is not None
        )  # fmt: skip
        links, session.growing.new_links = session.growing.new_links, {}
        return SessionChange(
            head=head, rollup=rollup, links=links, adopted=tuple(record.seq for record in session.adopted)
        )
