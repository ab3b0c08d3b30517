"""Correcting what was recorded: edit, delete, merge and split sessions, with recount and an audit trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import structs

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.events import Recorded, plain_event
from combatlens.domain.fold import FoldRules
from combatlens.domain.refold import GrowingSession, fold_all, place
from combatlens.ports import AuditEntry, Clock, EventStore, Revision, SessionChange, SessionHead
from combatlens.services.book import SessionBook
from combatlens.services.corrections import Correction, Sheet, carried, correct, joined
from combatlens.services.recorder import RecorderService
from combatlens.services.rollups import RollupWriter

R = TypeVar("R")
WAIT_S = 120.0
MOMENT_S = 1e-6
"""The second part of a split begins so much before its first event, so that what is carried over comes first."""


class Editor(Protocol):
    """Corrections; each returns once it is committed. Raises EnvironmentFault, NotFound with nothing changed."""

    def edit(self, session_id: str, asked: Correction) -> str: ...
    def delete(self, session_ids: Sequence[str]) -> None: ...
    def merge(self, session_ids: Sequence[str]) -> str:
        """-> the id of the whole: that of the earliest."""

    def split(self, session_id: str, at: float) -> str:
        """-> the id of the second part, which begins at the first event at or after `at`."""


def recounted(
    head: SessionHead, records: list[Recorded], rules: FoldRules, end: float | None = None
) -> tuple[SessionChange, tuple[GrowingSession, RollupWriter]]:
    """The session folded again from `records`. `end`: where it ends; None: as before, or at its last event."""
    growing = GrowingSession.rebuild(lambda: [sorted(records, key=place)], head.start, head.character, rules)
    fold = growing.fold
    last = fold.timeline.last
    if end is None and head.end is not None:
        end = head.end if head.end > head.last else last
    head = structs.replace(head, last=last, end=None if end is None else max(end, last))
    if head.end is not None:
        fold.finish(head.end)
    else:
        head = structs.replace(head, state="paused" if fold.timeline.reasons else "active")
    writer = RollupWriter(growing, fresh=False)
    rollup = writer.changed(head.session_id, head.profile, head.state, head.end, final=head.end is not None)
    links, growing.new_links = growing.new_links, {}
    return SessionChange(head=head, rollup=rollup, links=links), (growing, writer)


def recount_all(store: EventStore, rules_of: Callable[[str], FoldRules]) -> int:
    """Write every session's rollups anew from its events -> their number; pruned ones stay. Raises EnvironmentFault."""
    heads = [head for head in store.heads() if not head.pruned]
    for head in heads:
        change, _ = recounted(head, store.records(head.session_id), rules_of(head.profile), head.end)
        store.revise(Revision(changes=(change,)))
    return len(heads)


class EditorService:
    """`Editor` on the recorder's thread. `on_changed(ids)` is told which sessions' files must be made again."""

    def __init__(
        self,
        store: EventStore,
        book: SessionBook,
        recorder: RecorderService,
        clock: Clock,
        rules_of: Callable[[str], FoldRules],
        on_changed: Callable[[Sequence[str]], None] = lambda _ids: None,
    ) -> None:
        self._store = store
        self._book = book
        self._recorder = recorder
        self._clock = clock
        self._rules_of = rules_of
        self._on_changed = on_changed

    def edit(self, session_id: str, asked: Correction) -> str:
        return self._do(lambda: self._edit(session_id, asked))

    def delete(self, session_ids: Sequence[str]) -> None:
        self._do(lambda: self._delete(list(dict.fromkeys(session_ids))))

    def merge(self, session_ids: Sequence[str]) -> str:
        return self._do(lambda: self._merge(list(dict.fromkeys(session_ids))))

    def split(self, session_id: str, at: float) -> str:
        return self._do(lambda: self._split(session_id, at))

    def _do(self, work: Callable[[], R]) -> R:
        return self._recorder.call(work).result(WAIT_S)

    def tend(self, work: Callable[[], R]) -> R:
        """Work on the whole store while nothing is written; what is kept of closed sessions is read anew."""

        def run() -> R:
            try:
                return work()
            finally:
                for character in self._book.characters():
                    self._book.reload(character)

        return self._do(run)

    # on the recorder's thread -------------------------------------------------------------------------------------

    def _edit(self, session_id: str, asked: Correction) -> str:
        told = asked.told()
        if not told:
            raise EnvironmentFault("nothing to edit", "see combatlens sessions edit --help")
        if asked.rating is not None and not 1 <= asked.rating <= 5:
            raise EnvironmentFault("a rating is 1 to 5", "choose one of them")
        head = self._head(session_id)
        revision = Revision(audit=self._entry("edit", session_id, told))
        if asked.favourite is not None:
            revision.favourites = {session_id: asked.favourite}
        if set(told) == {"favourite"}:
            self._store.revise(revision)
            return session_id
        self._whole(head)
        sheet = Sheet(self._store.records(session_id), head.start, head.character, session_id)
        before = dict(sheet.records)
        correct(sheet, asked)
        revision.added = sheet.added(self._recorder.take_numbers(len(sheet.new)), self._clock.now())
        revision.removed, revision.replaced = tuple(sheet.removed), tuple(sheet.replaced.values())
        earliest = min(record.at for record in sheet.records.values())
        start = sheet.start if asked.start is not None or head.explicit else min(sheet.start, earliest)
        told["before"] = {str(seq): _plain(before[seq]) for seq in (*sheet.removed, *sheet.replaced) if seq in before}
        told["start_before"] = head.start
        explicit = head.explicit or asked.start is not None
        change, fresh = self._recounted(
            structs.replace(head, start=start, explicit=explicit), list(sheet.records.values())
        )
        self._not_over_another(head, change.head)
        revision.changes = (change,)
        self._commit(revision, head.character, {session_id: fresh} if head.end is None else {})
        return session_id

    def _delete(self, session_ids: list[str]) -> None:
        heads = [self._head(name) for name in session_ids]
        for head in heads:
            self._closed(head, "delete")
        told = {head.session_id: {"start": head.start, "end": head.end} for head in heads}
        entry = self._entry("delete", ", ".join(session_ids), told)
        self._store.revise(Revision(deleted=tuple(session_ids), audit=entry))
        for character in {head.character for head in heads}:
            self._book.reload(character)
        self._on_changed(session_ids)

    def _merge(self, session_ids: list[str]) -> str:
        if len(session_ids) < 2:
            raise EnvironmentFault("merging needs two sessions", "name at least two")
        heads = sorted((self._head(name) for name in session_ids), key=lambda head: head.start)
        for head in heads:
            self._closed(head, "merge")
            self._whole(head)
        first = heads[0]
        if len({(head.character, head.profile) for head in heads}) > 1:
            raise EnvironmentFault("the sessions are of several characters or games", "merge those of one")
        end = max(head.end or head.last for head in heads)
        for other in self._store.heads(first.character):
            if other.session_id not in session_ids and first.start <= other.start <= end:
                raise EnvironmentFault(f"{other.session_id} lies between them", "merge it too")
        parts = [self._store.records(head.session_id) for head in heads]
        changed = {record.seq: record for record in joined(parts)}
        whole = [
            structs.replace(changed.get(record.seq, record), session_id=first.session_id)
            for part in parts
            for record in part
        ]
        moved = [r for r in whole if r.seq in changed] + [r for r in whole[len(parts[0]) :] if r.seq not in changed]
        state = "error" if any(head.state == "error" for head in heads) else "completed"
        head = structs.replace(first, end=end, last=max(h.last for h in heads), state=state)
        change, _ = self._recounted(head, whole, end=end)
        gone = [other.session_id for other in heads[1:]]
        entry = self._entry("merge", first.session_id, {"of": [h.session_id for h in heads]})
        self._commit(Revision(changes=(change,), replaced=moved, deleted=gone, audit=entry), first.character)
        self._on_changed(gone)
        return first.session_id

    def _split(self, session_id: str, at: float) -> str:
        head = self._head(session_id)
        self._closed(head, "split")
        self._whole(head)
        records = self._store.records(session_id)
        early = [record for record in records if record.at < at]
        late = [record for record in records if record.at >= at]
        if not early or not late:
            raise EnvironmentFault("there is nothing on one side of that moment", "choose one inside the session")
        name = self._book.unused(session_id)
        links = self._store.links(session_id)
        before = fold_all(early, links, head.start, head.character, self._rules_of(head.profile))
        start = late[0].at - MOMENT_S
        sheet = Sheet([], start, head.character, name)
        sheet.new = [(start, event) for event in carried(before, early)]
        told = sheet.added(self._recorder.take_numbers(len(sheet.new)), self._clock.now())
        moved = [structs.replace(record, session_id=name) for record in late]
        first, _ = self._recounted(structs.replace(head, state="completed"), early, end=early[-1].at)
        second_head = structs.replace(head, session_id=name, start=start, explicit=True)
        second, _ = self._recounted(second_head, [*told, *moved], end=head.end)
        entry = self._entry("split", session_id, {"into": [session_id, name], "at": at})
        self._commit(
            Revision(changes=(first, second), replaced=moved, added=told, audit=entry), head.character
        )  # fmt: skip
        return name

    # what they share ----------------------------------------------------------------------------------------------

    def _recounted(
        self, head: SessionHead, records: list[Recorded], end: float | None = None
    ) -> tuple[SessionChange, tuple[GrowingSession, RollupWriter]]:
        return recounted(head, records, self._rules(head), end)

    def _rules(self, head: SessionHead) -> FoldRules:
        return self._rules_of(head.profile)

    def _commit(
        self, revision: Revision, character: str, going_on: dict[str, tuple[GrowingSession, RollupWriter]] | None = None
    ) -> None:
        self._store.revise(revision)
        self._book.reload(character, going_on)
        self._on_changed([change.head.session_id for change in revision.changes if change.head.end is not None])

    def _head(self, session_id: str) -> SessionHead:
        found = next((head for head in self._store.heads() if head.session_id == session_id), None)
        if found is None and self._store.is_taken(session_id):
            raise EnvironmentFault(
                f"session {session_id!r} was recorded by another machine",
                "correct it there, or with its COMBATLENS_MACHINE",
            )
        if found is None:
            raise NotFound(f"there is no session {session_id!r}", "see combatlens sessions list")
        return found

    def _closed(self, head: SessionHead, what: str) -> None:
        if head.end is None:
            raise EnvironmentFault(f"{head.session_id} goes on; it cannot be {_PAST[what]} now", "end it first")

    def _whole(self, head: SessionHead) -> None:
        if head.pruned:
            raise EnvironmentFault(f"the events of {head.session_id} were pruned", "restore a backup from before")

    def _not_over_another(self, before: SessionHead, after: SessionHead) -> None:
        """A correction may not stretch a session over another one of its character."""
        grown = [(after.start, before.start), (before.end or before.last, after.end or after.last)]
        for other in self._store.heads(before.character):
            if other.session_id != before.session_id and any(
                since < until and since <= (other.end or other.last) and other.start <= until for since, until in grown
            ):
                raise EnvironmentFault(f"the session would lie over {other.session_id}", "choose other times")

    def _entry(self, action: str, subject: str, detail: dict[str, Any]) -> AuditEntry:
        return AuditEntry(at=self._clock.now(), action=action, subject=subject[:240], detail=detail)


_PAST = {"delete": "deleted", "merge": "merged", "split": "split"}


def _plain(record: Recorded) -> dict[str, Any]:
    found = plain_event(record)
    return {"at": record.at, "source": record.source, **{k: v for k, v in found.items() if k != "at"}}
