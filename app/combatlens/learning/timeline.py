"""A session's events as the learner sees them: uses in encounters and fights, kills, deaths, actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from combatlens.domain.events import (
    Action,
    DamageTaken,
    Death,
    Decision,
    Event,
    Kill,
    Recorded,
    SessionOp,
    SkillUse,
    XpGain,
)
from combatlens.domain.occupied import OUTSIDE

ENCOUNTER_GAP_S = 10.0
BLOCK_S = 60.0
"""A fight longer than this is cut into blocks, so that a training dummy gives more than one observation."""


class UseRow(Struct):
    """One own use. `fight` changes with target, kill and encounter; `block` with kill, encounter or BLOCK_S."""

    at: float
    skill: str
    target: str | None
    damage: float
    success: bool
    duration_ms: float | None
    refused: bool
    encounter: int
    fight: int
    block: int
    occupied: float = 0.0


class KillRow(Struct, frozen=True):
    at: float
    target: str | None
    xp: float
    seconds: float | None
    """From the first hostile event on it (since the last of its name fell) to the kill."""


class Timeline(Struct):
    uses: list[UseRow] = []
    encounters: list[list[float]] = []
    kills: list[KillRow] = []
    deaths: list[float] = []
    actions: list[tuple[float, str, float]] = []
    """(Unix seconds at its beginning, name, seconds)."""
    own_times: list[float] = []
    """When the player did anything at all."""
    block_xp: dict[tuple[int, str], float] = {}
    extra: dict[tuple[int, str], float] = {}
    """Damage in a block by ticks of a skill that was not used in it."""
    decisions: list[tuple[str, str, float]] = []


class _Walk:
    """One pass over the events, in fold order."""

    def __init__(self, gap_s: float) -> None:
        self.out = Timeline()
        self._gap = gap_s
        self._last_hostile = float("-inf")
        self._fighting = False
        self._encounter = OUTSIDE
        self._fight = 0
        self._block = 0
        self._block_start = 0.0
        self._target: str | None = None
        self._latest: dict[str, UseRow] = {}
        self._since: dict[str, float] = {}
        self._shares: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._paused = False

    def take(self, record: Recorded) -> None:
        event, at = record.event, record.at
        if isinstance(event, SessionOp):
            if event.op == "pause" and event.reason in (None, "", "user"):
                self._paused = True
            elif event.op in ("resume", "start"):
                self._paused = False
        elif self._paused:
            return
        elif isinstance(event, SkillUse):
            self._skill(event, at, record.character)
        elif isinstance(event, DamageTaken):
            if _whose(event, record.character) != "other":
                self._hostile(at)
        elif isinstance(event, Kill):
            if _whose(event, record.character) != "other":
                self._kill(event, at)
        elif isinstance(event, Death):
            if _whose(event, record.character) == "own":
                self.out.deaths.append(at)
                self._end_encounter()
        elif isinstance(event, XpGain):
            if event.skill and event.amount and _whose(event, record.character) == "own":
                self._add_xp(event.skill, event.amount)
        elif isinstance(event, Action):
            self.out.actions.append((at, event.name, (event.duration_ms or 0.0) / 1000.0))
            self.out.own_times.append(at)
        elif isinstance(event, Decision):
            self.out.decisions.append((event.recommendation_id, event.decision, at))

    def _skill(self, event: SkillUse, at: float, character: str) -> None:
        whose = _whose(event, character)
        if whose == "other":
            return
        at_others = event.target != character
        damage = event.damage if at_others else 0.0
        if damage > 0 or (event.target and at_others):
            self._hostile(at)
        if event.target and at_others:
            self._since.setdefault(event.target, at)
        if whose == "pet":
            return
        if event.target and damage:
            self._shares[event.target][event.skill] += damage
        if event.xp:
            self._add_xp(event.skill, event.xp)
        if event.periodic:
            self._tick(event.skill, damage)
            return
        self._use(event, at, damage)

    def _use(self, event: SkillUse, at: float, damage: float) -> None:
        inside = self._fighting and at - self._last_hostile <= self._gap
        if inside and at - self._block_start > BLOCK_S:
            self._block += 1
            self._block_start = at
        if event.target and event.target != self._target:
            if self._target is not None:
                self._fight += 1
            self._target = event.target
        row = UseRow(
            at, event.skill, event.target, damage, event.success, event.duration_ms, event.error is not None,
            self._encounter if inside else OUTSIDE, self._fight, self._block,
        )  # fmt: skip
        self._latest[event.skill] = row
        self.out.uses.append(row)
        self.out.own_times.append(at)

    def _tick(self, skill: str, damage: float) -> None:
        """Damage over time belongs to the last use of its skill, if that is of the same block."""
        row = self._latest.get(skill)
        if row is not None and row.block == self._block:
            row.damage += damage
        else:
            key = (self._block, skill)
            self.out.extra[key] = self.out.extra.get(key, 0.0) + damage

    def _kill(self, event: Kill, at: float) -> None:
        name = event.target or ""
        began = self._since.pop(name, None)
        inside = began is not None and at - self._last_hostile <= self._gap
        self.out.kills.append(KillRow(at, event.target, event.xp, at - began if inside and began is not None else None))
        shares = self._shares.pop(name, None)
        if shares and event.xp:
            total = sum(shares.values())
            for skill, damage in shares.items():
                self._add_xp(skill, event.xp * damage / total)
        self._fight += 1
        self._target = None
        self._block += 1
        self._block_start = at

    def _hostile(self, at: float) -> None:
        if not self._fighting or at - self._last_hostile > self._gap:
            self._end_encounter()
            self._encounter += 1
            self._fighting = True
            self._block_start = at
            self.out.encounters.append([at, at])
        self._last_hostile = at
        self.out.encounters[-1][1] = at

    def _end_encounter(self) -> None:
        self._fighting = False
        self._fight += 1
        self._block += 1
        self._target = None
        self._since.clear()

    def _add_xp(self, skill: str, xp: float) -> None:
        key = (self._block, skill)
        self.out.block_xp[key] = self.out.block_xp.get(key, 0.0) + xp


def _whose(event: Event, character: str) -> str:
    actor = getattr(event, "actor", None)
    if actor in (None, "", character):
        return "own"
    return "pet" if getattr(event, "owner", None) == character else "other"


def timeline(events: Sequence[Recorded], encounter_gap_s: float = ENCOUNTER_GAP_S) -> Timeline:
    """Walk a session's effective events, sorted by (`at`, `seq`). What a user's pause holds is passed over."""
    walk = _Walk(encounter_gap_s)
    for record in events:
        walk.take(record)
    return walk.out
