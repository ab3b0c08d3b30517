"""Which session an event goes to; sessions begin and end on the way (METRICS, "Sessions and time")."""

from __future__ import annotations

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Event, SessionOp
from combatlens.domain.fold import AFTERTHOUGHTS
from combatlens.services.book import SessionBook
from combatlens.services.held import HeldSession

TURNS = frozenset((SessionOp, *AFTERTHOUGHTS))
"""What begins or ends a session, or comes after it. Any other event of an open session's time joins it."""

Touched = dict[str, HeldSession]
"""The sessions that a commit must write, by id, in this order."""


class Router:
    """The order in which events arrive does not matter to where they end up. On the recorder's thread."""

    def __init__(self, book: SessionBook, gap_s: float) -> None:
        self._book = book
        self._gap_s = gap_s

    def session_for(
        self, event: Event, at: float, character: str, touched: Touched, now: float
    ) -> tuple[HeldSession | None, float]:
        """-> the session, None where it joins none, and the event's moment. Raises EnvironmentFault: it is refused."""
        if isinstance(event, SessionOp):
            if event.op == "start":
                return self._start(event, at, character, touched), at
            meant = self._for_op(event, at, character, touched)
            return meant, min(at, meant.reached) if event.op == "end" else at
        book = self._book
        session = book.find(character, at)
        if session is not None and now - at <= self._gap_s and not book.continues(session, event, at):
            session = None  # somebody has just ended it: the reader's next look must not set it going again
        if session is None and book.opens(event):
            session = book.begin(character, at, None, explicit=False)
        if session is not None:
            _ensure_whole(session)
            if not isinstance(event, AFTERTHOUGHTS):
                book.go_on(session, at)
                session.reach(at)
        return session, at

    def _start(self, event: SessionOp, at: float, character: str, touched: Touched) -> HeldSession:
        """A start that comes after events of its own session takes them over; so does one told again."""
        book = self._book
        held = book.find(character, at)
        if held is not None and ((at <= held.since and not held.head.explicit) or held.since == at < held.reached):
            _ensure_whole(held)
            held.be_explicit()
            held.reach(at)
            return held
        moved = []
        going = book.open_session(character)
        if held is not None and held.since < at < held.reached:
            _ensure_whole(held)
            moved = book.part(held, at)
            held.force_end("completed", at)
            touched[held.head.session_id] = held
        elif going is not None and going.since <= at:
            end = at if going.reached <= at <= going.reached + self._gap_s else going.reached
            going.force_end("completed", end)
            touched[going.head.session_id] = going
        session = book.begin(character, at, event.session_id, explicit=True)
        session.adopt(moved)
        session.reach(at)
        return session

    def _for_op(self, event: SessionOp, at: float, character: str, touched: Touched) -> HeldSession:
        session = self._book.open_session(character)
        if session is None or at < session.since or self._book.is_passed(session, at):
            session = self._book.find(character, at)
            if session is None or (at > session.reached and not session.is_open):
                raise EnvironmentFault(f"there is no open session to {event.op}", "start one first")
        elif at > session.reached + self._gap_s:
            session.force_end("completed", session.reached)
            touched[session.head.session_id] = session
            if event.op != "end":
                raise EnvironmentFault(f"there is no open session to {event.op}", "start one first")
            at = session.reached
        _ensure_whole(session)
        session.reach(at)
        if event.op == "end" and at == session.reached:
            session.ended = at
        return session


def _ensure_whole(session: HeldSession) -> None:
    if session.head.pruned:
        raise EnvironmentFault("the events of that time were pruned", "restore a backup from before")
