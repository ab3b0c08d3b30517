"""The live picture while the store's server is away: folded in memory from what waits in the spool."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import cast

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence, Recorded
from combatlens.ports import EventStore, SessionHead, StoreAway
from combatlens.services.book import SessionBook
from combatlens.services.held import HeldSession
from combatlens.services.routing import Router

FIRST_NUMBER = 2**62
"""Events get numbers beyond the store's, so that they come after what was folded from it."""


class Nowhere:
    """In the place of the store: it knows of no session and cannot say what the events of one were."""

    def heads(self, _character: str | None = None) -> list[SessionHead]:
        return []

    def is_taken(self, _session_id: str) -> bool:
        return False

    def loose_records(self, _character: str, _since: float, _until: float) -> list[Recorded]:
        return []

    def records(self, _session_id: str) -> list[Recorded]:
        raise StoreAway("the events before are not at hand", "")

    parts = records


class Picture:
    """Sessions as they will look once everything is delivered, as far as can be told without the store.

    What it cannot tell (an event that was in the store already, one so late that its session would have to be read
    again) is put right when the server is back: then the store alone counts.
    """

    def __init__(self, before: SessionBook, gap_s: float) -> None:
        """Takes over the sessions that `before` holds in memory; it forgets them."""
        self.book, folded = before.apart(cast(EventStore, Nowhere()))
        self.folded = frozenset(folded)
        """Numbers of events that the folds hold although their commit is not known."""
        self._router = Router(self.book, gap_s)
        self._numbers = itertools.count(FIRST_NUMBER)
        self._ids = {name for s in self.book.in_memory() if s.growing is not None for name in s.growing.ids()}

    def add(self, batch: Sequence[tuple[Occurrence, str]], now: float) -> str | None:
        """Fold events, each with its character -> the last one's session."""
        touched: dict[str, HeldSession] = {}
        session: HeldSession | None = None
        for occurrence, character in self._new(batch):
            event, at = occurrence.event, occurrence.at
            try:
                session, at = self._router.session_for(event, at, character, touched, now)
            except EnvironmentFault:
                continue  # it is refused when it is delivered, or belongs to what cannot be read now
            record = Recorded(
                next(self._numbers), session.head.session_id if session else "", at, now, occurrence.source,
                character, event, occurrence.resolution, event.id,
            )  # fmt: skip
            if session is None:
                self.book.loose.keep(record)
            else:
                session.new.append(record)
                touched[session.head.session_id] = session
        for one in touched.values():
            self._fold(one)
        self.book.loose.settle(committed=True)
        return session.head.session_id if session else None

    def _new(self, batch: Sequence[tuple[Occurrence, str]]) -> Iterator[tuple[Occurrence, str]]:
        for occurrence, character in batch:
            name = occurrence.event.id
            if name is not None and name in self._ids:
                continue
            if name is not None:
                self._ids.add(name)
            yield occurrence, character

    def _fold(self, session: HeldSession) -> None:
        try:
            self.book.fold_new(session)
        except StoreAway:
            pass
        else:
            if session.growing is not None:
                session.growing.new_links = {}
        session.settle()
