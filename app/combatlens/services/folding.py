"""How the new events of a held session are folded: onto what is in memory, or with all of it from the store."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec import structs

from combatlens.domain.events import LOG, Recorded, SessionOp
from combatlens.domain.fold import AFTERTHOUGHTS, FoldRules
from combatlens.domain.refold import GrowingSession, NeedsHistory, place
from combatlens.ports import Ending, EventStore, Folder, SessionChange
from combatlens.services.held import HeldSession
from combatlens.services.rollups import RollupWriter

WORTH_LENDING = 100
"""With fewer new events a session is not lent: that would take longer than to fold them."""


class Folding:
    """It belongs to the recorder's thread."""

    def __init__(self, store: EventStore, rules: FoldRules, gap_s: float, owner: str) -> None:
        """`owner`: whose the open sessions are."""
        self._store = store
        self._rules = rules
        self._gap_s = gap_s
        self._owner = owner

    def send(self, session: HeldSession, arrived: float) -> None:
        """Have the new events of a session of the past folded where they were parsed, if all of them were.

        The store has no more of such a session than its events until it has come back: as with one that is behind.
        """
        folder, name = _folder_of(session), session.head.session_id
        if folder is None or arrived - session.reached <= self._gap_s:
            return
        if session.folder is not folder or not folder.holds(name):
            self._take_back(session)
            growing = session.growing
            if growing is None or len(session.new) < WORTH_LENDING:
                return
            if not growing.is_only_from(LOG) or not folder.is_ahead:
                return
            folder.lend(name, growing, fresh=session.fresh)
            session.folder, session.growing, session.writer = folder, None, None
        folder.fold(name, arrived, session.runs)
        session.sent = True

    def fold_new(self, session: HeldSession) -> None:
        """Fold what was routed to the session since the last commit, unless that can wait for more that is late."""
        if session.sent:
            session.behind = True
            session.head = structs.replace(session.head, last=max(session.head.last, session.reached))
            return
        if self._end_there(session):
            return
        self._take_back(session)
        new = [*session.adopted, *session.new]
        start = session.head.start
        if min([record.at for record in session.new], default=start) < start:
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

    @staticmethod
    def _end_there(session: HeldSession) -> bool:
        """End a lent session of which nothing is new; whether it was lent, and not lost."""
        if session.folder is None or session.forced_end is None or session.new or session.adopted or session.moved:
            return False
        ending = Ending(session.head.profile, *session.forced_end)
        session.rollup = session.folder.ended(session.head.session_id, ending)
        if session.rollup is None:
            return False
        session.head = structs.replace(session.head, end=ending.end, state=ending.state, owner="")
        session.folder, session.behind = None, False
        return True

    @staticmethod
    def _take_back(session: HeldSession) -> None:
        if session.folder is not None:
            session.growing = session.folder.take(session.head.session_id)
            session.writer = RollupWriter(session.growing, fresh=False) if session.growing is not None else None
            session.folder = None

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
        growing = GrowingSession.rebuild(lambda: self._with(session, new), start, head.character, self._rules)
        for link in () if session.fresh else self._store.links(head.session_id):
            growing.new_links.setdefault(link.secondary, None)
        session.writer = RollupWriter(growing, fresh=session.fresh)
        session.rebuilt = not session.fresh
        return growing

    def _with(self, session: HeldSession, new: Sequence[Recorded]) -> Iterator[list[Recorded]]:
        """What the store has of a session, but for what leaves it, with what is new: in order, part by part."""
        left = sorted(new, key=place)
        for part in () if session.fresh else self._store.parts(session.head.session_id):
            kept = [record for record in part if record.seq not in session.moved]
            known = {record.seq for record in kept}
            upto = bisect_right(left, place(part[-1]), key=place)
            late = [record for record in left[:upto] if record.seq not in known]
            left = left[upto:]
            yield sorted([*kept, *late], key=place) if late else kept
        if left:
            yield left

    @staticmethod
    def change(session: HeldSession) -> SessionChange:
        """What the commit must write of the session."""
        head = session.head
        if session.rollup is not None:
            return SessionChange(head=head, rollup=session.rollup)
        if session.growing is None or session.writer is None:
            raise AssertionError("folded before it is written")
        rollup = session.writer.changed(
            head.session_id, head.profile, head.state, head.end, final=head.end is not None
        )  # fmt: skip
        links, session.growing.new_links = session.growing.new_links, {}
        return SessionChange(
            head=head, rollup=rollup, links=links, adopted=tuple(record.seq for record in session.adopted)
        )


def _folder_of(session: HeldSession) -> Folder | None:
    """Who parsed all that is new of a session, where it only goes on by that."""
    if session.adopted or session.moved or session.forced_end or session.since < session.head.start:
        return None
    if sum(run.end - run.begin for run in session.runs) < len(session.new):
        return None
    folders = {id(run.origin.folder): run.origin.folder for run in session.runs}
    return folders.popitem()[1] if len(folders) == 1 else None
