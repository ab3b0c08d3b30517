"""All kept sessions as columns: what a new session is appended to, and what every insight is made from.

Order is (end, session id). Appending the newest session gives the very numbers that building from all
sessions gives: rows are copied, and the sums over sequences are folded in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.learning.columns import Column, Table
from combatlens.learning.cycles import rotation_of
from combatlens.learning.live.cusum import Baseline
from combatlens.learning.moments import Moments
from combatlens.learning.session_record import Gram, SessionStats, SkillStats

Numbered = tuple[dict[Any, int], NDArray[np.int64]]

GRAMS_KEPT = 4096
GAPS_KEPT = 12

SESSION = ("start", "end", "active_s", "xp", "damage", "kills", "deaths", "profit", "encounter_s", "resolution",
           "uses", "successes", "rating", "level", "party_size")  # fmt: skip
TIME_USE = ("fighting", "looting", "travelling", "healing", "other", "dead", "idle")
SKILL = ("uses", "successes", "damage", "xp", "occupied_s", "lost_s", "cast_s", "taken", "passed",
         "hit_damage")  # fmt: skip
SKILL_MOMENTS = ("damage_per_use", "damage_per_second", "xp_per_use", "xp_per_second")
TARGET = ("kills", "deaths", "damage", "xp")
TARGET_MOMENTS = ("cycle", "time_to_kill", "killed_by")
ZONE = ("kills", "deaths", "xp", "active_s")
SESSION_MOMENTS = ("xp_rate", "damage_rate", "usual_xp", "usual_dps", "usual_success")


class Labels(Struct, frozen=True, array_like=True, gc=False):
    session_id: str
    profile: str
    character: str
    build: str | None
    weapon: str | None
    mode: str | None
    zone: str | None
    boost: str | None
    tags: tuple[str, ...]
    said: tuple[str, ...]
    rotation: str | None


class GramTotals(Struct, array_like=True):
    """A sequence over all sessions; `rate` as in `Gram`."""

    count: int
    clean: int
    sessions: int
    expected: float
    alike: float
    variance: float
    rate: Moments


LAYOUT: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "skills": (SKILL, SKILL_MOMENTS),
    "targets": (TARGET, TARGET_MOMENTS),
    "zones": (ZONE, ()),
}
_SEPARATOR = "\x1f"


class History:
    """See the module. `sessions` has the columns SESSION, then TIME_USE, then the two session moments."""

    def __init__(self) -> None:
        self.labels: tuple[Labels, ...] = ()
        self._numbered: dict[str, Numbered] = {}
        self.sessions = Table((*SESSION, *TIME_USE), SESSION_MOMENTS)
        self.tables: dict[str, dict[str, Table]] = {kind: {} for kind in LAYOUT}
        self.gaps: dict[str, tuple[float, ...]] = {}
        self.grams: dict[str, GramTotals] = {}
        self.decisions: list[tuple[str, str, float]] = []

    @property
    def skills(self) -> dict[str, Table]:
        return self.tables["skills"]

    @property
    def targets(self) -> dict[str, Table]:
        return self.tables["targets"]

    @property
    def zones(self) -> dict[str, Table]:
        return self.tables["zones"]

    def __len__(self) -> int:
        return len(self.labels)

    def column(self, name: str) -> Column:
        return self.sessions.column(name)

    def numbered(self, label: str) -> Numbered:
        """Of one of `Labels`: see `numbered`. Worked out once."""
        found = self._numbered.get(label)
        if found is None:
            found = self._numbered[label] = numbered(list(map(attrgetter(label), self.labels)))
        return found

    def follows(self, stats: SessionStats) -> bool:
        """Whether this session comes after all that are here, and so can be appended."""
        if not self.labels:
            return True
        last = (self.sessions.newest("end"), self.labels[-1].session_id)
        return (stats.end, stats.session_id) > last

    def append(self, more: Sequence[SessionStats]) -> None:
        """Add sessions, each later than the one before it. Raises ValueError for one that is not."""
        first = len(self)
        gathered: dict[str, dict[str, list[tuple[int, list[float]]]]] = {kind: {} for kind in LAYOUT}
        rows, labels = [], list(self.labels)
        ends = (self.sessions.newest("end"), self.labels[-1].session_id) if first else (float("-inf"), "")
        for number, stats in enumerate(more, start=first):
            if (stats.end, stats.session_id) <= ends:
                raise ValueError(f"{stats.session_id} does not follow the history's last session")
            ends = (stats.end, stats.session_id)
            labels.append(_labels(stats))
            rows.append(_session_row(stats))
            for kind in LAYOUT:
                for name, entry in getattr(stats, kind).items():
                    gathered[kind].setdefault(name, []).append((number, _row(entry, *LAYOUT[kind])))
            for name, skill in stats.skills.items():
                self._gaps(name, skill)
            self._grams(stats.grams)
            self.decisions.extend(stats.decisions)
        self.labels = tuple(labels)
        self._numbered.clear()
        if rows:
            self.sessions = self.sessions.extended(np.arange(first, len(labels), dtype=np.int32), np.array(rows))
        for kind, entries in gathered.items():
            for name, found in entries.items():
                self._extend(kind, name, found)

    def _extend(self, kind: str, name: str, found: list[tuple[int, list[float]]]) -> None:
        index = np.array([number for number, _ in found], np.int32)
        rows = np.array([row for _, row in found])
        self.tables[kind][name] = self.tables[kind].get(name, Table(*LAYOUT[kind])).extended(index, rows)

    def _gaps(self, name: str, skill: SkillStats) -> None:
        if skill.gaps:
            self.gaps[name] = tuple(sorted((*self.gaps.get(name, ()), *skill.gaps))[:GAPS_KEPT])

    def _grams(self, grams: Iterable[Gram]) -> None:
        for gram in grams:
            key = _SEPARATOR.join(gram.skills)
            known = self.grams.get(key)
            if known is None:
                self.grams[key] = GramTotals(
                    gram.count, gram.clean, 1, gram.expected, gram.alike, gram.variance, gram.rate
                )
            else:
                known.count += gram.count
                known.clean += gram.clean
                known.sessions += 1
                known.expected += gram.expected
                known.alike += gram.alike
                known.variance += gram.variance
                known.rate = known.rate.plus(gram.rate)
        if len(self.grams) > 2 * GRAMS_KEPT:
            ranked = sorted(self.grams.items(), key=lambda item: (-item[1].count * len(skills_of(item[0])), item[0]))
            self.grams = dict(ranked[:GRAMS_KEPT])


def numbered(values: Sequence[Any]) -> Numbered:
    """Each value's number, in the order in which they come, and the numbers of all."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    if len(numbers) < 2:  # most often nobody ever names a weapon, a boost, a place
        return numbers, np.zeros(len(values), np.int64)
    return numbers, np.fromiter(map(numbers.__getitem__, values), np.int64, len(values))


def skills_of(key: str) -> tuple[str, ...]:
    """The skills of a key of `History.grams`."""
    return tuple(key.split(_SEPARATOR))


def history_of(stats: Iterable[SessionStats]) -> History:
    """Build from per-session statistics, in any order; of two with one id the later given counts."""
    history = History()
    latest = {one.session_id: one for one in stats}
    history.append(sorted(latest.values(), key=lambda one: (one.end, one.session_id)))
    return history


def _labels(stats: SessionStats) -> Labels:
    was = stats.circumstances
    return Labels(
        stats.session_id, stats.profile, stats.character, was.build, was.weapon, was.mode, was.zone, was.boost,
        was.tags, was.said, rotation_of(stats.grams, stats.uses),
    )  # fmt: skip


def _session_row(stats: SessionStats) -> list[float]:
    was = stats.circumstances
    told = {"level": was.level, "party_size": was.party_size}
    values = [told[name] if name in told else getattr(stats, name) for name in SESSION]
    row = [_number(value) for value in values]
    row += [getattr(stats.time_use, name) for name in TIME_USE]
    for name in SESSION_MOMENTS:
        row += _flat(getattr(stats, name))
    return row


def _row(entry: object, fields: Sequence[str], moments: Sequence[str]) -> list[float]:
    row = [_number(getattr(entry, name)) for name in fields]
    for name in moments:
        row += _flat(getattr(entry, name))
    return row


def _flat(moments: Moments | Baseline) -> list[float]:
    if isinstance(moments, Baseline):
        return [moments.n, moments.total, moments.squares, moments.lagged, 0.0, 0.0]
    return [float(moments.n), moments.y, moments.x, moments.yy, moments.xy, moments.xx]


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
