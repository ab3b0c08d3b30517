"""One fact, several sources (METRICS): which events of different sources tell the same thing.

Matching is one to one, nearest first, inside a window; a constant offset between two sources is estimated
from their own pairs. The richer event stands, blanks filled from the other; no event is altered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from statistics import median

from msgspec import Struct

from combatlens.domain.mentions import WINDOW_S, Mention, agree

OFFSET_SEARCH_S = 30.0
OFFSET_PAIRS = 8
"""So many pairs must agree before an offset between two sources is believed."""

OFFSET_SPREAD_S = 1.0
RUN_S = 12.0
"""A new mention rearranges matches no further away than this."""


class Link(Struct, frozen=True):
    """`secondary` tells what `primary` tells. kind `fact`: the whole event; `amount`: a gain line's XP alone."""

    secondary: int
    primary: int
    kind: str


def _place(mention: Mention) -> tuple[float, int]:
    return mention.at, mention.seq


def _time(mention: Mention) -> float:
    return mention.at


_Distance = tuple[float, bool, float, int, int]
"""How far two mentions are from telling the same: the seconds surely between them, whether their damage differs, the
seconds between their middles."""


class Matcher:
    """Keeps one session's mentions of one kind (`fact` or `amount`) and their links, whatever the order of arrival.

    A cluster is one fact: at most one mention of each source, all of which agree.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._rows: dict[str, dict[str, list[Mention]]] = {}
        """Mentions by lane and source, in order of (`at`, seq)."""
        self._cluster: dict[int, tuple[Mention, ...]] = {}
        self._offsets: dict[tuple[str, str], float] = {}
        self._counts: dict[str, int] = {}
        self.links: dict[int, Link] = {}
        """All links, by the seq of the secondary."""

    def add(self, new: Sequence[Mention]) -> set[int]:
        """Take mentions in. Returns the seqs of events whose links have changed."""
        changed: set[int] = set()
        touched: dict[str, list[Mention]] = {}
        for mention in new:
            lane = self._lane(mention)
            row = self._rows.setdefault(lane, {}).setdefault(mention.source, [])
            if row and _place(row[-1]) > _place(mention):
                insort(row, mention, key=_place)
            else:
                row.append(mention)
            touched.setdefault(lane, []).append(mention)
        for lane, mentions in touched.items():
            if len(self._rows[lane]) < 2:
                continue
            if self._estimate(lane):
                whole = [mention for row in self._rows[lane].values() for mention in row]
                changed |= self._rematch(lane, whole)
                continue
            seen: set[int] = set()
            for mention in mentions:
                if mention.seq not in seen:
                    run = self._around(lane, mention)
                    seen.update(m.seq for m in run)
                    changed |= self._rematch(lane, run)
        return changed

    def forget_before(self, at: float) -> None:
        """Let go of mentions before `at`; their links stand as they are."""
        for rows in self._rows.values():
            for row in rows.values():
                cut = bisect_left(row, (at, 0), key=_place)
                for mention in row[:cut]:
                    self._cluster.pop(mention.seq, None)
                del row[:cut]

    def _lane(self, mention: Mention) -> str:
        return "xp" if self._kind == "amount" else mention.group

    def _shifted(self, mention: Mention, lane: str) -> float:
        return mention.at - self._offsets.get((lane, mention.source), 0.0)

    def _neighbours(self, lane: str, mention: Mention) -> Iterator[Mention]:
        """The mentions of other sources that may tell the same."""
        at = self._shifted(mention, lane)
        for source, row in self._rows[lane].items():
            if source == mention.source or not row:
                continue
            reach = max(mention.window, row[-1].window)
            middle = at + self._offsets.get((lane, source), 0.0)
            low = bisect_left(row, middle - reach, key=_time)
            for index in range(low, bisect_right(row, middle + reach, key=_time)):
                other = row[index]
                if abs(middle - other.at) <= max(mention.window, other.window) and agree(mention, other):
                    yield other

    def _around(self, lane: str, seed: Mention) -> list[Mention]:
        """What a new mention may rearrange: all that agreement leads to from it, within RUN_S.

        A fact that is told by somebody beyond stays as it is: so a long fight of one skill costs no more than a short.
        """
        at = self._shifted(seed, lane)
        run = {seed.seq: seed}
        ends = [seed]
        while ends:
            for other in self._neighbours(lane, ends.pop()):
                if other.seq not in run and abs(self._shifted(other, lane) - at) <= RUN_S:
                    run[other.seq] = other
                    ends.append(other)
        return [m for m in run.values() if all(other.seq in run for other in self._cluster.get(m.seq, ()))]

    def _rematch(self, lane: str, run: list[Mention]) -> set[int]:
        """Match a run afresh: nearest first, one to one."""
        before = {m.seq: self._cluster.pop(m.seq) for m in run if m.seq in self._cluster}
        for _, a, b in self._candidates(lane, run):
            one, other = self._cluster.get(a.seq, (a,)), self._cluster.get(b.seq, (b,))
            if one is not other and all(agree(x, y) for x in one for y in other):
                joined = (*one, *other)
                for mention in joined:
                    self._cluster[mention.seq] = joined
        return self._relink(run, before)

    def _candidates(self, lane: str, run: list[Mention]) -> list[tuple[_Distance, Mention, Mention]]:
        """Pairs that may tell the same, nearest first."""
        members = {mention.seq for mention in run}
        found: list[tuple[_Distance, Mention, Mention]] = []
        for one in run:
            for other in self._neighbours(lane, one):
                if other.seq in members and one.seq < other.seq:
                    a, b = sorted((one, other), key=lambda m: (self._shifted(m, lane), m.seq))
                    apart = self._shifted(b, lane) - self._shifted(a, lane)
                    middles = abs(apart + b.half - a.half)
                    gap = max(0.0, middles - a.half - b.half)
                    found.append(((gap, a.damage != b.damage, middles, a.seq, b.seq), a, b))
        found.sort(key=lambda candidate: candidate[0])
        return found

    def _relink(self, run: list[Mention], before: dict[int, tuple[Mention, ...]]) -> set[int]:
        """Bring the links of a run in line with its clusters; returns the seqs whose links have changed."""
        old = {m.seq: link for m in run if (link := self.links.pop(m.seq, None))}
        for mention in run:
            cluster = self._cluster.get(mention.seq)
            if cluster:
                first = min(cluster, key=self._rank)
                if mention is not first:
                    self.links[mention.seq] = Link(mention.seq, first.seq, self._kind)
        seqs = {m.seq for m in run} | {m.seq for cluster in before.values() for m in cluster}
        changed: set[int] = set()
        for seq in seqs:
            was, now = old.get(seq), self.links.get(seq)
            if was != now:
                changed |= {seq} | {link.primary for link in (was, now) if link}
        return changed

    def _rank(self, mention: Mention) -> tuple[object, ...]:
        """The mention that stands comes first: an event that is more than a gain line, the richest, the first."""
        return (mention.group == "gain", -mention.richness, mention.seq)

    def _estimate(self, lane: str) -> bool:
        """Estimate the offset of each source against the first; returns whether one has changed for good.

        The differences to the nearest agreeing mention of the other source cluster at the offset. It is looked
        for at growing sizes of the record only, so that the cost stays small.
        """
        rows = self._rows[lane]
        size = sum(len(row) for row in rows.values())
        if size < 2 * OFFSET_PAIRS or size < 2 * self._counts.get(lane, 0):
            return False
        self._counts[lane] = size
        sources = sorted(rows.keys() - {"hotkey"})
        changed = False
        for other in sources[1:]:
            offset = _offset(rows[sources[0]], rows[other])
            if offset is not None and abs(offset - self._offsets.get((lane, other), 0.0)) > 0.05:
                self._offsets[(lane, other)] = offset
                changed = True
        return changed


def _offset(first: Sequence[Mention], second: Sequence[Mention]) -> float | None:
    """Seconds by which `second` runs after `first`, None where they do not say so clearly."""
    times = [m.at for m in first]
    differences: list[float] = []
    for mention in second[-400:]:
        low = bisect_left(times, mention.at - OFFSET_SEARCH_S)
        high = bisect_left(times, mention.at + OFFSET_SEARCH_S)
        middle = mention.at + mention.half
        differences += [middle - first[i].at - first[i].half for i in range(low, high) if agree(mention, first[i])]
    if len(differences) < OFFSET_PAIRS:
        return None
    differences.sort()
    best: tuple[int, float] = (0, 0.0)
    low = 0
    for high, difference in enumerate(differences):
        while difference - differences[low] > OFFSET_SPREAD_S:
            low += 1
        if high - low + 1 > best[0]:
            best = (high - low + 1, median(differences[low : high + 1]))
    enough = max(OFFSET_PAIRS, 0.5 * min(len(first), len(second[-400:])))
    at_home = bisect_left(differences, WINDOW_S) - bisect_left(differences, -WINDOW_S)
    return best[1] if best[0] >= enough and at_home < 0.3 * best[0] else None
