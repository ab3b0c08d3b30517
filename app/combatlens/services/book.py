"""Which session an event joins, and the sessions that are held in memory (METRICS, "Sessions and time")."""

from __future__ import annotations

from bisect import bisect_right, insort
from operator import attrgetter

from combatlens.domain.events import (
    Action,
    Context,
    DamageTaken,
    Death,
    Event,
    Kill,
    Recorded,
    SkillUse,
    XpReading,
)
from combatlens.domain.fold import AFTERTHOUGHTS, FoldRules
from combatlens.domain.refold import GrowingSession
from combatlens.ports import EventStore, SessionChange, SessionHead
from combatlens.services.folding import Folding
from combatlens.services.held import HeldSession
from combatlens.services.loose import LooseEvents
from combatlens.services.rollups import RollupWriter

OPENING = (SkillUse, Kill, Death, DamageTaken, Action)
"""Only these open a session."""

EARLY_S = 2.0
"""An event so little before an explicit start belongs to it: its source has a coarser clock."""

ADOPT_S = 10.0
"""Gains, heals and loot so shortly before a session's first event belong to it."""


_at = attrgetter("at")


def _start(session: HeldSession) -> float:
    return session.since


class SessionBook:
    """Sessions by character. It belongs to the recorder's thread."""

    def __init__(self, store: EventStore, rules: FoldRules, profile: str, gap_s: float, owner: str) -> None:
        self._store = store
        self._rules = rules
        self._profile = profile
        self._gap_s = gap_s
        self._owner = owner
        self._folding = Folding(store, rules, gap_s, owner)
        self._by_character: dict[str, list[HeldSession]] = {}
        self._grown: list[HeldSession] = []
        """Those with a fold, and some that had one: a long history has thousands without."""
        self._going: dict[str, list[HeldSession]] = {}
        """By character: all that have not ended, and some that have; a long history is not searched for them."""
        self._ids: set[str] = set()
        """Those given here; the store has others, and these only once they are committed."""
        self.loose = LooseEvents(store)

    # looking up ---------------------------------------------------------------------------------------------------

    def characters(self) -> list[str]:
        return list(self._by_character)

    def sessions(self, character: str) -> list[HeldSession]:
        """All sessions of a character, by start."""
        held = self._by_character.get(character)
        if held is None:
            held = [HeldSession(head, None, fresh=False) for head in self._store.heads(character)]
            self._by_character[character] = held
            self._going[character] = [session for session in held if session.is_open]
            for session in self._going[character]:
                if session.head.owner == self._owner:  # it was forgotten while it went on
                    session.behind = session.owed = True
                    self._has_grown(session)
        return held

    def open_session(self, character: str) -> HeldSession | None:
        """The one that goes on: the newest that has not ended."""
        self.sessions(character)
        going = self._going[character] = [session for session in self._going[character] if session.is_open]
        return max(reversed(going), key=_start, default=None)

    def _may_go_on(self, session: HeldSession) -> None:
        going = self._going.setdefault(session.head.character, [])
        if session not in going:
            going.append(session)

    def goes_on(self, session: HeldSession) -> bool:
        """Whether it is its character's newest and has not ended."""
        return session.is_open and self.sessions(session.head.character)[-1] is session

    def is_passed(self, session: HeldSession, at: float) -> bool:
        """Whether a later session of its character has begun by `at`: late events may set an older one going."""
        held = self.sessions(session.head.character)
        begun = bisect_right(held, at, key=_start)
        return begun > 0 and held[begun - 1].since > session.since

    def unsettled(self) -> list[HeldSession]:
        """Those in memory, and those that are to be told anew."""
        self._grown = [session for session in self._grown if session.growing is not None or session.behind]
        return sorted(self._grown, key=_start)

    def in_memory(self) -> list[HeldSession]:
        return [session for session in self.unsettled() if session.growing is not None]

    def _has_grown(self, session: HeldSession) -> None:
        if session not in self._grown:
            self._grown.append(session)

    def find(self, character: str, at: float) -> HeldSession | None:
        """The session whose span holds `at`, or that `at` continues within the gap; None for neither."""
        held = self.sessions(character)
        if held and held[-1].since <= at <= held[-1].reached + self._gap_s:
            return held[-1]
        best: HeldSession | None = None
        for index in range(bisect_right(held, at + self._gap_s, key=_start) - 1, -1, -1):
            session = held[index]
            if session.since <= at:
                return session if at <= session.reached + self._gap_s else best
            if session.since <= at + (EARLY_S if session.head.explicit else self._gap_s):
                best = session
        return best

    def reload(self, character: str, replaced: dict[str, tuple[GrowingSession, RollupWriter]] | None = None) -> None:
        """Sessions were corrected behind the book's back: the store's word counts.

        `replaced`: sessions that go on, folded anew and written.
        """
        held = self._by_character.pop(character, [])
        kept = {s.head.session_id: s for s in held if s.growing is not None or s.behind}
        for session in self.sessions(character):
            name = session.head.session_id
            fresh = (replaced or {}).get(name)
            if fresh is not None:
                session.growing, session.writer = fresh
                session.behind = session.owed = False
            elif name in kept and session.is_open:
                session.growing, session.writer = kept[name].growing, kept[name].writer
                session.behind = session.owed = kept[name].behind
            if name in kept:
                session.touched = kept[name].touched
        self._ids = {one.head.session_id for held in self._by_character.values() for one in held if one.fresh}
        everyone = (session for held in self._by_character.values() for session in held)
        self._grown = [session for session in everyone if session.growing is not None or session.behind]

    @staticmethod
    def continues(session: HeldSession, event: Event, at: float) -> bool:
        """Whether an event, at a time after the session's end, sets it going again.

        Anything does where a crash broke it off; where somebody ended it, only what opens a session.
        """
        state = session.forced_end[0] if session.forced_end is not None else session.head.state
        return (
            session.ended is None or at <= session.ended or state == "error"
            or isinstance(event, (*OPENING, *AFTERTHOUGHTS))
        )  # fmt: skip

    def forget_all(self) -> None:
        """The store cannot be asked now: everything is read anew when it can."""
        self._by_character = {}
        self._going = {}
        self._grown = []
        self._ids = set()
        self.loose = LooseEvents(self._store)

    def apart(self, store: EventStore) -> tuple[SessionBook, set[int]]:
        """The sessions that are in memory as a book of their own, for as long as the store cannot be asked.

        Returns the numbers of those uncommitted events too that are in its folds. This book forgets everything.
        """
        book = SessionBook(store, self._rules, self._profile, self._gap_s, self._owner)
        folded: set[int] = set()
        for character, held in self._by_character.items():
            kept = [session for session in held if session.folded or not session.fresh]
            for session in kept:
                session.folder = None
                if session.folded:
                    folded.update(record.seq for record in session.new)
                session.settle()
            book._by_character[character] = kept
            book._going[character] = [session for session in kept if session.is_open]
            book._grown += [session for session in kept if session.growing is not None]
        book.loose.newest = self.loose.newest
        self.forget_all()
        return book, folded

    # making -------------------------------------------------------------------------------------------------------

    def begin(self, character: str, at: float, session_id: str | None, *, explicit: bool) -> HeldSession:
        name = self.unused(session_id or f"session_{int(at)}")
        head = SessionHead(
            session_id=name, character=character, profile=self._profile, state="active", start=at, last=at,
            explicit=explicit, owner=self._owner,
        )  # fmt: skip
        session = HeldSession(head, GrowingSession(at, character, self._rules), fresh=True)
        self._has_grown(session)
        insort(self.sessions(character), session, key=_start)
        self._may_go_on(session)
        self._adopt(session)
        return session

    def unused(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._ids or self._store.is_taken(name):
            number += 1
            name = f"{wanted}-{number}"
        self._ids.add(name)
        return name

    @staticmethod
    def opens(event: Event) -> bool:
        return isinstance(event, OPENING)

    # adopting events without a session ---------------------------------------------------------------------------

    def _room_after(self, session: HeldSession, at: float) -> float:
        """Until when events without a session may belong to `session`: the gap, or the next one's start."""
        held = self.sessions(session.head.character)
        following = bisect_right(held, at, key=_start)
        return min(at + self._gap_s, held[following].since if following < len(held) else float("inf"))

    def _adopt(self, session: HeldSession) -> None:
        """Take in the newest reading and context before the start, what was gained just before, and all since then."""
        start = session.head.start
        found = self.loose.between(session.head.character, start - self._gap_s, self._room_after(session, start))
        readings = [r for r in found if isinstance(r.event, XpReading) and r.at <= start][-1:]

        def belongs(record: Recorded) -> bool:
            if isinstance(record.event, XpReading):
                return record.at > start or record in readings
            return isinstance(record.event, Context) or record.at >= start - ADOPT_S

        self.loose.give(session, [record for record in found if belongs(record)])

    def go_on(self, session: HeldSession, at: float) -> None:
        """A session that ended before `at` goes on: what came since its end and was loose belongs to it."""
        ended = session.ended
        if ended is None or at <= ended:
            return
        session.ended = None
        self._may_go_on(session)
        found = self.loose.between(session.head.character, ended, self._room_after(session, at))
        self.loose.give(session, [record for record in found if record.at > ended])

    def part(self, session: HeldSession, at: float) -> list[Recorded]:
        """Cut a session at `at` -> its events from there on, which leave it."""
        committed = [] if session.fresh else self._store.records(session.head.session_id)
        late = [r for r in (*committed, *session.adopted, *session.new) if r.at >= at and r.seq not in session.moved]
        session.moved |= {record.seq for record in late}
        session.new = [record for record in session.new if record.at < at]
        session.adopted = [record for record in session.adopted if record.at < at]
        session.growing = session.folder = None  # what is lent tells of those too
        session.reached = at
        return late

    # committing ---------------------------------------------------------------------------------------------------

    def send(self, session: HeldSession, arrived: float) -> None:
        """Have what was routed to the session folded by the process that parsed it, if it can."""
        self._folding.send(session, arrived)

    def fold_new(self, session: HeldSession) -> None:
        """Fold what was routed to the session since the last commit."""
        self._may_go_on(session)
        self._folding.fold_new(session)
        self._has_grown(session)

    def change(self, session: HeldSession) -> SessionChange:
        """What the commit must write of the session."""
        return self._folding.change(session)

    def committed(self, session: HeldSession) -> None:
        session.owed = session.behind
        session.settle()
        if session.head.end is not None:
            session.growing = session.writer = None
            session.rebuilt = False

    def forget(self, session: HeldSession) -> None:
        """The commit failed: memory is ahead of the store, so the store's word counts."""
        held = self.sessions(session.head.character)
        heads = {} if session.fresh else {h.session_id: h for h in self._store.heads(session.head.character)}
        if session.head.session_id not in heads:  # it never was in the store, or another machine deleted it
            held.remove(session)
            self._going[session.head.character] = [
                one for one in self._going[session.head.character] if one is not session
            ]
            session.growing = None
            self._ids.discard(session.head.session_id)
            return
        session.head = heads[session.head.session_id]
        session.growing = session.writer = session.folder = None
        session.behind, session.rebuilt = session.owed, False
        self._has_grown(session)
        self._may_go_on(session)
        session.settle()
        session.reached, session.since = max(session.head.last, session.head.end or 0.0), session.head.start
