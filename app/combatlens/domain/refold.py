"""A session that is still growing: late events and late matches go back to a checkpoint and fold again.

Invariant: after every `add` the fold equals `fold_all` over all of the session's events in order of
(`at`, seq) with the links as they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from operator import attrgetter, itemgetter, le
from typing import Any

import msgspec

from combatlens.domain import mentions
from combatlens.domain.events import Recorded, XpGain
from combatlens.domain.facts import Link, Matcher
from combatlens.domain.fold import FoldRules, SessionFold

CHECKPOINT_EVERY = 256
MOST_BETWEEN = 8 * CHECKPOINT_EVERY
CHECKPOINTS_A_BATCH = 4
"""So few where many events come at once, as in an import: few of them are late, and each costs a copy of all sums."""

EVENTS_KEPT = 24 * CHECKPOINT_EVERY
"""So many of the newest can be gone back to, at least."""


class NeedsHistory(Exception):
    """An event lies before everything that is kept in memory: rebuild from the store."""


place: Callable[[Recorded], tuple[float, int]] = attrgetter("at", "seq")
"""Events are folded in this order."""


def in_order(records: Sequence[Recorded]) -> Sequence[Recorded]:
    """Records as they are folded; an import's mostly are."""
    for column in ([record.at for record in records], [record.seq for record in records]):
        if not all(map(le, column, islice(column, 1, None))):
            return sorted(records, key=place)
    return records


class Resolver:
    """The links of a session, and the events that they make of its records."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self.secondary: dict[int, Link] = {link.secondary: link for link in links}
        self.by_primary: dict[int, set[int]] = {}
        for link in self.secondary.values():
            if link.kind == "fact":
                self.by_primary.setdefault(link.primary, set()).add(link.secondary)

    def set(self, seq: int, link: Link | None) -> None:
        old = self.secondary.pop(seq, None)
        if old is not None and old.kind == "fact":
            self.by_primary.get(old.primary, set()).discard(seq)
        if link is not None:
            self.secondary[seq] = link
            if link.kind == "fact":
                self.by_primary.setdefault(link.primary, set()).add(seq)

    def resolve(self, record: Recorded, records: Mapping[int, Recorded]) -> tuple[Recorded | None, bool]:
        """What counts of a record: (itself, filled from its secondaries; None for a secondary), its XP repeated?"""
        link = self.secondary.get(record.seq)
        if link is not None:
            return (record, True) if link.kind == "amount" else (None, False)
        seconds = self.by_primary.get(record.seq)
        if seconds:
            event = record.event
            for seq in sorted(seconds):
                other = records.get(seq)
                if other is not None:
                    event = mentions.merge(event, other.event)
            return msgspec.structs.replace(record, event=event), False
        return record, False


def effective(records: Sequence[Recorded], links: Iterable[Link]) -> list[Recorded]:
    """A session's events as they count: in order, secondaries left out, primaries filled. For the learner."""
    resolver = Resolver(links)
    by_seq = {record.seq: record for record in records}
    kept: list[Recorded] = []
    for record in sorted(records, key=place):
        resolved, repeated = resolver.resolve(record, by_seq)
        if resolved is not None and not repeated:
            kept.append(resolved)
    return kept


def apply_resolved(fold: SessionFold, record: Recorded, resolver: Resolver, records: Mapping[int, Recorded]) -> None:
    resolved, repeated = resolver.resolve(record, records)
    if resolved is None:
        fold.events += 1
        fold.timeline.advance(record.at)
    elif repeated and isinstance(resolved.event, XpGain):
        fold.count_same_amount(resolved.event, resolved)
    else:
        fold.apply(resolved)


def fold_all(
    records: Sequence[Recorded], links: Iterable[Link], start: float, character: str, rules: FoldRules
) -> SessionFold:
    """The plain fold of a whole session: the definition that the growing one must equal."""
    fold = SessionFold(start, character, rules)
    resolver = Resolver(links)
    by_seq = {record.seq: record for record in records}
    for record in sorted(records, key=place):
        apply_resolved(fold, record, resolver, by_seq)
    return fold


class GrowingSession:
    """One open session: its fold, the newest events, checkpoints to go back to, and the matching of sources."""

    def __init__(self, start: float, character: str, rules: FoldRules) -> None:
        self.fold = SessionFold(start, character, rules)
        self.resolver = Resolver()
        self.new_links: dict[int, Link | None] = {}
        """Links made (or undone: None) since the caller last took them, by secondary."""
        self.refolded_from: float | None = None
        """The earliest moment gone back to since the caller last looked."""
        self._tail: list[Recorded] = []
        self._by_seq: dict[int, Recorded] = {}
        """Those events by number, once sources are matched."""
        self._checkpoints: list[tuple[int, dict[str, Any]]] = [(0, self.fold.save())]
        self._complete = True
        self._sources: set[str] = set()
        self._matchers = (Matcher("fact"), Matcher("amount"))
        self._matching = False

    @classmethod
    def rebuild(
        cls, parts: Callable[[], Iterable[Sequence[Recorded]]], start: float, character: str, rules: FoldRules
    ) -> GrowingSession:
        """From all events of a session, matching the sources afresh. `parts()`: one after the other they are in order.

        Only where sources are to be matched all of them are in memory at once.
        """
        session, several = cls(start, character, rules), False
        for part in parts():
            several = bool(session._tail)
            if session._matching:
                break
            session.add(part)
        if session._matching and several:
            session = cls(start, character, rules)
            session.add([record for part in parts() for record in part])
        return session

    def add(self, batch: Sequence[Recorded]) -> None:
        """Fold new events. Raises NeedsHistory, with nothing changed, when one is too late for memory."""
        if not batch:
            return
        ordered = in_order(batch)
        tail = self._tail
        late = bool(tail) and place(ordered[0]) < place(tail[-1])
        since = bisect_left(tail, place(ordered[0]), key=place) if late else len(tail)
        if since < self._checkpoints[0][0] or (since == 0 and not self._complete):
            raise NeedsHistory
        if late:
            tail[since:] = sorted([*tail[since:], *ordered], key=place)
        else:
            tail.extend(ordered)
        changed = self._match(ordered)
        if changed:
            known = [self._by_seq[seq] for seq in changed if seq in self._by_seq]
            first = min((place(record) for record in known), default=place(ordered[0]))
            since = min(since, bisect_left(tail, first, key=place))
        if late or changed:
            self._go_back(since)
        else:
            self._run(since, min(max(CHECKPOINT_EVERY, len(batch) // CHECKPOINTS_A_BATCH), MOST_BETWEEN))
        self._trim()

    @property
    def is_empty(self) -> bool:
        """Nothing was folded yet."""
        return self._complete and not self._tail

    def is_only_from(self, source: str) -> bool:
        """Whether nothing is matched, and nothing will be with more from `source`."""
        return self._sources <= {source}

    def forget_past(self) -> None:
        """Let go of all checkpoints but the last: what is late then needs the session told anew."""
        self._trim(0)

    def ids(self) -> set[str]:
        """The ids of the events that are in memory."""
        return {record.id for record in self._tail if record.id is not None}

    def _match(self, batch: Sequence[Recorded]) -> set[int]:
        self._sources |= {record.source for record in batch}
        if len(self._sources & {"bot", "log", "hotkey"}) < 2:
            return set()
        if not self._matching:
            self._matching = True
            batch = self._tail
        self._by_seq.update((record.seq, record) for record in batch)
        changed: set[int] = set()
        for matcher, mention in zip(self._matchers, (mentions.mention_of, mentions.amount_of), strict=True):
            found = [m for record in batch if (m := mention(record)) is not None]
            for seq in matcher.add(found):
                changed.add(seq)
        for seq in changed:
            link = self._matchers[0].links.get(seq) or self._matchers[1].links.get(seq)
            if self.resolver.secondary.get(seq) != link:
                self.resolver.set(seq, link)
                self.new_links[seq] = link
        return changed

    def _go_back(self, index: int) -> None:
        """Fold again from the last checkpoint before `index` of the tail."""
        at = bisect_right(self._checkpoints, index, key=itemgetter(0)) - 1
        if at < 0:
            raise AssertionError("the checkpoint was looked for before the tail was changed")
        del self._checkpoints[at + 1 :]
        number, saved = self._checkpoints[at]
        self.fold.restore(saved)
        # a new first event changes the time before it too, down to the one it now follows: a gap may be none
        moment = min(self.fold.timeline.last, self._tail[number].at)
        self.refolded_from = moment if self.refolded_from is None else min(moment, self.refolded_from)
        self._run(number)

    def _run(self, since: int, every: int = CHECKPOINT_EVERY) -> None:
        fold, resolver, records = self.fold, self.resolver, self._by_seq
        plain, apply = not resolver.secondary, fold.apply
        due = self._checkpoints[-1][0] + every
        for index, record in enumerate(self._tail[since:], since):
            if index >= due:
                self._checkpoints.append((index, fold.save()))
                due = index + every
            if plain:
                apply(record)
            else:
                apply_resolved(fold, record, resolver, records)

    def _trim(self, kept: int = EVENTS_KEPT) -> None:
        """Let go of what lies before the last checkpoint with `kept` events behind it, once that is half as much."""
        at = bisect_right(self._checkpoints, len(self._tail) - kept, key=itemgetter(0)) - 1
        if at < 1 or (base := self._checkpoints[at][0]) < kept // 2:
            return
        del self._checkpoints[:at]
        if self._matching:
            for record in self._tail[:base]:
                del self._by_seq[record.seq]
        del self._tail[:base]
        self._checkpoints = [(number - base, saved) for number, saved in self._checkpoints]
        self._complete = False
        for matcher in self._matchers:
            matcher.forget_before(self._tail[0].at)
