"""A session's events folded once more, with an eye on what the sums leave out: each use, fight, kill and action.

The fold of `domain` decides what counts (pauses, pets, area skills, names, encounters); this only watches it,
so that the learner can never count otherwise than the history does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from combatlens.domain.encounter import Encounters
from combatlens.domain.events import (
    Action,
    Context,
    Death,
    Decision,
    Feedback,
    Recorded,
    SessionOp,
    SkillUse,
    XpReading,
)
from combatlens.domain.fold import FoldRules, SessionFold
from combatlens.domain.names import same_name_key
from combatlens.domain.occupied import OUTSIDE
from combatlens.domain.records import Minute
from combatlens.domain.skills import SkillTable

BLOCK_S = 60.0
"""A fight longer than this is cut into blocks, so that a training dummy gives more than one observation."""

NAMING = frozenset({Context, Feedback, SessionOp, XpReading})

Span = tuple[float, float]


class UseRow(Struct, gc=False):
    """One own use. `fight` changes with target, kill and encounter; `block` with kill, encounter or BLOCK_S.

    `encounter` is `domain.occupied.OUTSIDE` for a use that hurts nobody; `killed`: it was the last before a kill.
    """

    at: float
    skill: str
    target: str | None
    damage: float
    success: bool
    duration_ms: float | None
    encounter: int
    fight: int
    block: int
    refused: bool = False
    killed: bool = False
    occupied: float = 0.0

    @property
    def hurts(self) -> bool:
        return self.target is not None or self.damage > 0


class KillRow(Struct, frozen=True, gc=False):
    """`seconds`: from the first hostile event on it to the kill, None where none was seen."""

    at: float
    target: str | None
    xp: float
    seconds: float | None


class DeathRow(Struct, frozen=True, gc=False):
    """`killer` as the event spells it; `seconds`: from the first hostile event on it to the death, None where none was
    seen."""

    at: float
    killer: str | None
    seconds: float | None


class Replay(Struct):
    """What was seen. `actions`: (Unix seconds, name, seconds). `block_xp`: XP of a skill in a block. `extra`: damage
    in a block by ticks of a skill that was not used in it. `active`: the active time, in spans."""

    uses: list[UseRow] = []
    kills: list[KillRow] = []
    deaths: list[DeathRow] = []
    fights: list[Span] = []
    actions: list[tuple[float, str, float]] = []
    active: list[Span] = []
    block_xp: dict[tuple[int, str], float] = {}
    extra: dict[tuple[int, str], float] = {}
    decisions: list[tuple[str, str, float]] = []
    naming: list[Recorded] = []
    """The events that name circumstances."""
    resolution: float = 0.0
    """Of the coarsest time stamps, seconds."""


class _Watch:
    """Where the fold is: the fight, the block, the target of the use that is being folded."""

    def __init__(self, seen: Replay) -> None:
        self.seen, self.uses = seen, seen.uses
        self.fight = self.block = self.xp_block = 0
        self.block_start = float("-inf")
        self.target: str | None = None
        self.aimed_at: str | None = None
        self.struck: str | None = None
        self.encounter = -1
        self.latest: dict[str, UseRow] = {}
        self.begun: dict[str, float] = {}

    def cut(self, at: float) -> None:
        self.fight += 1
        self.block += 1
        self.block_start = at
        self.target = None

    def enter(self, at: float, target: str | None) -> None:
        """Go on to the fight and block of a use on this target. Nobody in particular: whoever is fought."""
        if at - self.block_start > BLOCK_S:
            self.block += 1
            self.block_start = at
        if target is not None and target != self.target:
            if self.target is not None:
                self.fight += 1
            self.target = target
        self.xp_block = self.block

    def add_xp(self, skill: str, xp: float) -> None:
        """XP belongs to the block of the newest use: a kill's XP to the fight that it ended."""
        key = (self.xp_block, skill)
        self.seen.block_xp[key] = self.seen.block_xp.get(key, 0.0) + xp


class _Skills(SkillTable):
    __slots__ = ("_watch",)

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def use(
        self, name: str, at: float, damage: float, success: bool, critical: bool, duration_ms: float | None,
        encounter: int, under_way: bool = False,
    ) -> None:  # fmt: skip
        SkillTable.use(self, name, at, damage, success, critical, duration_ms, encounter, under_way)
        watch = self._watch
        target = None
        if encounter != OUTSIDE:
            target = watch.aimed_at
            watch.enter(at, target)
        watch.xp_block = watch.block
        row = UseRow(at, name, target, damage, success, duration_ms, encounter, watch.fight, watch.block)
        watch.latest[name] = row
        watch.uses.append(row)

    def _join(self, index: int, encounter: int) -> None:
        super()._join(index, encounter)
        self._watch.seen.uses[index].encounter = encounter

    def further_hit(self, name: str, damage: float, success: bool, critical: bool) -> None:
        super().further_hit(name, damage, success, critical)
        watch = self._watch
        row = watch.latest.get(name)
        if row is not None and row.encounter == watch.encounter and not row.hurts:
            watch.enter(row.at, watch.struck)
            row.target, row.fight, row.block = watch.struck, watch.fight, watch.block
        if row is not None and row.block == watch.block:
            row.damage += damage
        else:
            key = (watch.block, name)
            watch.seen.extra[key] = watch.seen.extra.get(key, 0.0) + damage

    def credit(self, name: str, xp: float) -> None:
        SkillTable.credit(self, name, xp)
        self._watch.add_xp(name, xp)


class _Encounters(Encounters):
    __slots__ = ("_watch",)

    def __init__(self, gap_s: float, watch: _Watch) -> None:
        super().__init__(gap_s)
        self._watch = watch

    def hostile(self, at: float, target: str | None, dealt: float = 0.0, taken: float = 0.0, use: bool = False) -> None:
        Encounters.hostile(self, at, target, dealt, taken, use)
        watch = self._watch
        if self.number != watch.encounter:
            watch.encounter = self.number
            watch.cut(at)
        watch.struck = target
        if use:
            watch.aimed_at = target

    def kill(self, at: float, target: str | None, xp: float) -> float | None:
        seconds = Encounters.kill(self, at, target, xp)
        watch = self._watch
        watch.seen.kills.append(KillRow(at, target, xp, seconds))
        last = watch.seen.uses[-1] if watch.seen.uses else None
        if last is not None and last.fight == watch.fight and last.target == target:
            last.killed = True
        watch.cut(at)
        return seconds

    def death(self, at: float) -> None:
        self.settle(at)
        self._watch.begun = self.fights
        super().death(at)


def replay(
    events: Iterable[Recorded], start: float, character: str, rules: FoldRules
) -> tuple[Replay, tuple[Minute, ...]]:
    """Fold a session's effective events, sorted by (`at`, `seq`); what was seen, and the minutes.

    `start`: Unix seconds of the session's beginning. `rules` must be those that the session was recorded with.
    """
    seen = Replay()
    watch = _Watch(seen)
    fold = SessionFold(start, character, rules)
    fold.encounters = _Encounters(rules.encounter_gap_s, watch)
    fold.skills = _Skills(watch)
    timeline, uses = fold.timeline, seen.uses
    active, since = timeline.active_s, timeline.last
    begin = end = since  # of the active time that goes on
    for record in events:
        event = record.event
        before = len(uses)
        fold.apply(record)
        if timeline.active_s != active:
            active = timeline.active_s
            if since != end:
                if end > begin:
                    seen.active.append((begin, end))
                begin = since
            end = timeline.last
        since = timeline.last
        if record.resolution > seen.resolution:
            seen.resolution = record.resolution
        if type(event) in NAMING:
            seen.naming.append(record)
        if isinstance(event, SkillUse):
            if event.error is not None and len(uses) > before:
                uses[-1].refused = True
        elif isinstance(event, Action):
            if not timeline.paused_by_user:
                seen.actions.append((record.at, event.name, (event.duration_ms or 0.0) / 1000.0))
        elif isinstance(event, Decision):
            seen.decisions.append((event.recommendation_id, event.decision, record.at))
        elif isinstance(event, Death) and len(fold.deaths_detail) > len(seen.deaths):
            killer = fold.deaths_detail[-1].killer
            seen.deaths.append(DeathRow(record.at, killer, _fought(watch.begun, killer, record.at)))
    if end > begin:
        seen.active.append((begin, end))
    fold.encounters.finish()
    _follow(seen.uses)
    seen.fights = [(fight.start, fight.end) for fight in fold.encounters.closed]
    return seen, tuple(bucket.frozen() for bucket in fold.timeline.minutes)


def _fought(begun: dict[str, float], killer: str | None, at: float) -> float | None:
    key = None if killer is None else same_name_key(killer)
    return next((at - since for name, since in begun.items() if same_name_key(name) == key), None)


def _follow(uses: Sequence[UseRow]) -> None:
    """What hurts nobody, such as healing, is part of the fight whose next blow follows it."""
    blow: UseRow | None = None
    for use in reversed(uses):
        if use.hurts:
            blow = use
        elif use.encounter != OUTSIDE and blow is not None and blow.encounter == use.encounter:
            use.target, use.fight, use.block = blow.target, blow.fight, blow.block
