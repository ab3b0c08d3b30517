"""Events that join no session and open none: they wait for the next one, which may adopt them."""

from __future__ import annotations

from combatlens.domain.events import Recorded
from combatlens.domain.refold import place
from combatlens.ports import EventStore
from combatlens.services.held import HeldSession

KEPT = 512


class LooseEvents:
    """`newest` are committed; the store has them, and those before, too. It belongs to the recorder's thread."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.newest: list[Recorded] = []
        self._new: list[Recorded] = []
        """Those that are not committed yet."""
        self._taken: set[int] = set()
        """Numbers of those that were adopted, until that is committed."""

    def keep(self, record: Recorded) -> None:
        self._new.append(record)

    def between(self, character: str, since: float, until: float) -> list[Recorded]:
        """A character's, in order, committed or not, but for those that were given away."""
        found = {record.seq: record for record in self._store.loose_records(character, since, until)}
        for record in (*self.newest, *self._new):
            if record.character == character and since <= record.at <= until:
                found[record.seq] = record
        return sorted((record for record in found.values() if record.seq not in self._taken), key=place)

    def give(self, session: HeldSession, chosen: list[Recorded]) -> None:
        """Let a session adopt them."""
        self._taken.update(record.seq for record in chosen)
        session.adopt(chosen)

    def settle(self, *, committed: bool) -> None:
        """The commit is done, or has failed."""
        if committed and (self._new or self._taken):
            self.newest = [r for r in (*self.newest, *self._new) if r.seq not in self._taken][-KEPT:]
        self._new = []
        self._taken = set()
