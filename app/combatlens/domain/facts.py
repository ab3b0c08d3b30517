"""One fact, several sources (METRICS): which events of different sources tell the same thing.

Matching is one to one, nearest first, inside a window; a constant offset between two sources is estimated
from their own pairs. The richer event stands, blanks filled from the other; no event is altered.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from statistics import median

import msgspec
from msgspec import Struct

from combatlens.domain import events as e
from combatlens.domain.names import same_name_key

WINDOW_S = 1.5
HOTKEY_WINDOW_S = 10.0
OFFSET_SEARCH_S = 30.0
OFFSET_PAIRS = 8
"""So many pairs must agree before an offset between two sources is believed."""

OFFSET_SPREAD_S = 1.0
CHAIN_LIMIT = 4000

_NOT_CONTENT = frozenset({"id", "at", "character", "meta"})


class Link(Struct, frozen=True):
    """`secondary` tells what `primary` tells. kind `fact`: the whole event; `amount`: a gain line's XP alone."""

    secondary: int
    primary: int
    kind: str


class Mention(Struct, frozen=True, gc=False):
    """What matching needs of an event: its place in time, and what it names."""

    at: float
    seq: int
    source: str
    group: str
    names: tuple[str, ...]
    amount: float
    richness: int
    window: float
    half: float = 0.0
    """Half the source's time resolution: a stamp of whole seconds means the middle of its second."""
    damage: float | None = None
    """Of a use of a skill: between uses of one second it tells which is which."""


def mention_of(record: e.Recorded) -> Mention | None:
    """The fact an event tells, None for events that are never matched."""
    event = record.event
    group: str
    amount = 0.0
    damage: float | None = None
    names: tuple[str, ...]
    if isinstance(event, e.SkillUse):
        group = "tick" if event.periodic else "skill"
        names = (_key(event.target), _key(event.skill))
        amount = event.damage if event.periodic else 0.0
        damage = event.damage
    elif isinstance(event, e.Kill):
        group, names = "kill", (_key(event.target),)
    elif isinstance(event, e.Death):
        group, names = "death", ()
    elif isinstance(event, e.DamageTaken):
        group, names, amount = "taken", (_key(event.source),), event.amount
    elif isinstance(event, e.Heal):
        group, names, amount = "heal", (_key(event.target),), event.amount
    elif isinstance(event, e.Loot):
        group, names, amount = "loot", (_key(event.item),), event.count
    else:
        return None
    actor = event.actor or ""
    window = HOTKEY_WINDOW_S if record.source == "hotkey" else max(WINDOW_S, record.resolution + 1.0)
    return Mention(
        record.at, record.seq, record.source, group + actor, names, amount, richness(event), window,
        record.resolution / 2, damage,
    )  # fmt: skip


def amount_of(record: e.Recorded) -> Mention | None:
    """The XP amount an event names: a gain line, or the XP on a kill or skill."""
    event = record.event
    if isinstance(event, e.XpGain):
        if event.amount is None or event.actor is not None:
            return None
        group, amount = "gain", event.amount
    elif isinstance(event, e.Kill | e.SkillUse) and event.xp and event.actor is None:
        group, amount = "named", event.xp
    else:
        return None
    return Mention(
        record.at, record.seq, record.source, group, (), amount, 0, max(WINDOW_S, record.resolution + 1.0),
        record.resolution / 2,
    )  # fmt: skip


def _content_of(kind: type[e.Event]) -> tuple[tuple[str, object], ...]:
    return tuple((f.name, f.default) for f in msgspec.structs.fields(kind) if f.name not in _NOT_CONTENT)


_CONTENT = {kind: _content_of(kind) for kind in e.EVENT_TYPES.values()}
"""For each type its telling fields and what they hold when they tell nothing."""


def richness(event: e.Event) -> int:
    """How many fields say something."""
    return sum(getattr(event, name) != blank for name, blank in _CONTENT[type(event)])


def merge(primary: e.Event, secondary: e.Event) -> e.Event:
    """The primary with its blank fields (those at their default) filled from the secondary."""
    filled = {
        name: getattr(secondary, name)
        for name, blank in _CONTENT[type(primary)]
        if not isinstance(blank, bool) and getattr(primary, name) == blank and getattr(secondary, name) != blank
    }
    if isinstance(primary, e.SkillUse) and isinstance(secondary, e.SkillUse) and secondary.critical:
        filled["critical"] = True
    return msgspec.structs.replace(primary, **filled) if filled else primary


def _key(name: str | None) -> str:
    return same_name_key(name) if name else ""


def _place(mention: Mention) -> tuple[float, int]:
    return mention.at, mention.seq


def _agree(a: Mention, b: Mention) -> bool:
    if a.source == b.source:
        return False
    if a.group == "gain" or b.group == "gain":
        return a.amount == b.amount
    if a.group == "named":
        return False
    if a.group != b.group or (a.amount and b.amount and a.amount != b.amount):
        return False
    return all(not x or not y or x == y for x, y in zip(a.names, b.names, strict=True))


_Distance = tuple[float, bool, float, int, int]
"""How far two mentions are from telling the same: the seconds surely between them, whether their damage differs, the
seconds between their middles."""


class Matcher:
    """Keeps one session's mentions of one kind (`fact` or `amount`) and their links, whatever the order of arrival.

    A cluster is one fact: at most one mention of each source, all of which agree.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._mentions: dict[str, list[Mention]] = {}
        self._sources: dict[str, set[str]] = {}
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
            row = self._mentions.setdefault(lane, [])
            if row and (row[-1].at, row[-1].seq) > (mention.at, mention.seq):
                insort(row, mention, key=_place)
            else:
                row.append(mention)
            self._sources.setdefault(lane, set()).add(mention.source)
            touched.setdefault(lane, []).append(mention)
        for lane, mentions in touched.items():
            if len(self._sources[lane]) < 2:
                continue
            runs = [self._mentions[lane]] if self._estimate(lane) else self._chains(lane, mentions)
            for run in runs:
                changed |= self._rematch(lane, run)
        return changed

    def forget_before(self, at: float) -> None:
        """Let go of mentions before `at`; their links stand as they are."""
        for row in self._mentions.values():
            cut = bisect_left(row, (at, 0), key=_place)
            for mention in row[:cut]:
                self._cluster.pop(mention.seq, None)
            del row[:cut]

    def _lane(self, mention: Mention) -> str:
        return "xp" if self._kind == "amount" else mention.group

    def _shifted(self, mention: Mention, lane: str) -> float:
        return mention.at - self._offsets.get((lane, mention.source), 0.0)

    def _chains(self, lane: str, mentions: Iterable[Mention]) -> list[list[Mention]]:
        """For each mention the run of mentions around it with no gap wider than any window."""
        row = self._mentions[lane]
        slack = max((abs(o) for (name, _), o in self._offsets.items() if name == lane), default=0.0)
        reach = slack + (HOTKEY_WINDOW_S if "hotkey" in self._sources[lane] else max(m.window for m in mentions))
        chains: list[list[Mention]] = []
        end = -1
        for mention in sorted(mentions, key=_place):
            index = bisect_left(row, (mention.at, mention.seq), key=_place)
            if index <= end:
                continue
            first = last = index
            while first > 0 and row[first].at - row[first - 1].at <= reach and index - first < CHAIN_LIMIT:
                first -= 1
            while last + 1 < len(row) and row[last + 1].at - row[last].at <= reach and last - index < CHAIN_LIMIT:
                last += 1
            end = last
            chains.append(row[first : last + 1])
        return chains

    def _rematch(self, lane: str, run: list[Mention]) -> set[int]:
        """Match a run afresh: nearest first, one to one."""
        before = {m.seq: self._cluster.pop(m.seq) for m in run if m.seq in self._cluster}
        for _, a, b in self._candidates(lane, run):
            one, other = self._cluster.get(a.seq, (a,)), self._cluster.get(b.seq, (b,))
            if one is not other and all(_agree(x, y) for x in one for y in other):
                joined = (*one, *other)
                for mention in joined:
                    self._cluster[mention.seq] = joined
        return self._relink(run, before)

    def _candidates(self, lane: str, run: list[Mention]) -> list[tuple[_Distance, Mention, Mention]]:
        """Pairs that may tell the same, nearest first."""
        found: list[tuple[_Distance, Mention, Mention]] = []
        times = [(self._shifted(m, lane), m) for m in run]
        times.sort(key=lambda pair: (pair[0], pair[1].seq))
        for place, (at, a) in enumerate(times):
            for later in range(place + 1, len(times)):
                apart = times[later][0] - at
                if apart > HOTKEY_WINDOW_S:
                    break
                b = times[later][1]
                if apart <= max(a.window, b.window) and _agree(a, b):
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
        row = self._mentions[lane]
        if len(row) < 2 * OFFSET_PAIRS or len(row) < 2 * self._counts.get(lane, 0):
            return False
        self._counts[lane] = len(row)
        sources = sorted(self._sources[lane] - {"hotkey"})
        changed = False
        for other in sources[1:]:
            offset = _offset([m for m in row if m.source == sources[0]], [m for m in row if m.source == other])
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
        differences += [middle - first[i].at - first[i].half for i in range(low, high) if _agree(mention, first[i])]
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
