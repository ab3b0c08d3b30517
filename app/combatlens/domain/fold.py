"""The fold: one session's committed events, in order of (`at`, arrival), to its live sums.

It is the mutable core; `fold_view` makes the frozen images of it. `save` and `restore` let a late event go
back to the moment before it (`refold`). Events arrive with links between sources resolved (`facts`).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec import Struct

from combatlens.domain import events as e
from combatlens.domain import fold_fights, fold_notes, fold_xp
from combatlens.domain.encounter import Encounters
from combatlens.domain.ledger import UNTYPED, Counter, Ledger
from combatlens.domain.names import Keys, SameAs, Spellings
from combatlens.domain.records import DeathDetail, LevelUp
from combatlens.domain.skills import SkillTable
from combatlens.domain.tallies import Actor, Table, Target, Zone
from combatlens.domain.timeline import Timeline

AFTERTHOUGHTS = (e.Feedback, e.Decision)
"""What is said about a session, mostly after it: no play, so it takes no time and opens nothing again."""

_EVEN_PAUSED = (e.SessionOp, e.Context, e.Mark)


class FoldRules(Struct, frozen=True):
    """What the profile says about a session. Seconds."""

    counter: Counter = "per_level"
    idle_s: float = 300.0
    encounter_gap_s: float = 10.0


_PLAIN = (
    "events", "kills", "kills_by_pet", "kills_witnessed", "deaths", "own_damage", "pet_damage", "self_damage",
    "damage_taken", "healing", "loot_value", "spent", "mode", "build", "zone", "level", "boost", "party_size", "weapon",
    "quest", "notes", "first_value", "target", "ended_at", "last_kill", "ratings",
)  # fmt: skip
"""Immutable fields: saved and restored by value."""

_plain = attrgetter(*_PLAIN)


_FOLDED: dict[type[e.Event], Callable[[SessionFold, Any, e.Recorded], None]] = {
    e.SkillUse: fold_fights.skill, e.Kill: fold_fights.kill, e.Death: fold_fights.death,
    e.DamageTaken: fold_fights.damage_taken, e.Heal: fold_fights.heal,
    e.XpReading: fold_xp.reading, e.XpGain: fold_xp.gain,
    e.Context: fold_notes.context, e.Loot: fold_notes.loot, e.Expense: fold_notes.expense,
    e.Feedback: fold_notes.feedback, e.Mark: fold_notes.mark, e.SessionOp: fold_notes.session,
    e.Action: fold_notes.nothing, e.Attempt: fold_notes.nothing, e.Decision: fold_notes.nothing,
}  # fmt: skip


class ActorOf(dict[str | None, Actor]):
    """`actor[name]`: the sums of whom an event names; None and what is the same name are the session's character."""

    __slots__ = ("_actors", "_character", "_is_self")

    def __init__(self, actors: Table[Actor], character: str, is_self: SameAs) -> None:
        super().__init__()
        self._actors, self._character, self._is_self = actors, character, is_self

    def __missing__(self, name: str | None) -> Actor:
        row = self[name] = self._actors[self._character if self._is_self[name] else name or ""]
        return row


class SessionFold:
    """The sums of one session of one character."""

    def __init__(self, start: float, character: str, rules: FoldRules) -> None:
        self.character = character
        self.rules = rules
        self.timeline = Timeline(start, rules.idle_s)
        self.ledger = Ledger(rules.counter)
        self.encounters = Encounters(rules.encounter_gap_s)
        self.skills = SkillTable()
        self.targets = Table(Target)
        self.zones = Table(Zone)
        self.actors = Table(Actor)
        self.pets: set[str] = set()
        self.events = self.kills = self.kills_by_pet = self.kills_witnessed = self.deaths = 0
        self.own_damage = self.pet_damage = self.self_damage = self.damage_taken = self.healing = 0.0
        self.loot_value = self.spent = 0.0
        self.mode: str | None = None
        self.build: str | None = None
        self.zone: str | None = None
        self.weapon: str | None = None
        self.quest: str | None = None
        self.boost: object = None
        self.party_size: int | None = None
        self.level: int | None = None
        self.notes: str | None = None
        self.target: str | None = None
        self.first_value: float | None = None
        self.ended_at: float | None = None
        self.ratings: tuple[int, ...] = ()
        self.tags: list[str] = []
        self.deaths_detail: list[DeathDetail] = []
        self.level_ups: list[LevelUp] = []
        self.moments: list[tuple[float, str, str]] = []
        self.xp_times = array("d")
        self.xp_amounts = array("d")
        self.recent_damage = deque[e.Recorded]()
        self.loose_gains: list[tuple[float, float, str]] = []
        self.last_kill: fold_xp.KillNote | None = None
        self.names = Spellings()
        self.is_self = SameAs(character)
        self.actor = ActorOf(self.actors, character, self.is_self)
        self.keys = Keys()

    def apply(self, record: e.Recorded) -> None:
        """Fold one event. Its time must not lie before that of the event folded before it."""
        event, timeline, at = record.event, self.timeline, record.at
        kind = type(event)
        self.events += 1
        if kind in AFTERTHOUGHTS:
            _FOLDED[kind](self, event, record)
            return
        self.ended_at = None
        if at > timeline.last:
            active = timeline.advance(at)
            if active and self.zone is not None:
                self.zones[self.zone].active_s += active
        if timeline.reasons and timeline.paused_by_user and kind not in _EVEN_PAUSED:
            if isinstance(event, e.XpReading):
                self.ledger.baseline(event, at)
            return
        _FOLDED[kind](self, event, record)

    def count_same_amount(self, event: e.XpGain, record: e.Recorded) -> None:
        """A gain line whose amount another source has named: it only tells the amount's type."""
        self.events += 1
        active = self.timeline.advance(record.at)
        if active and self.zone is not None:
            self.zones[self.zone].active_s += active
        if event.xp_type and event.amount and not self.timeline.paused_by_user:
            by_type = self.ledger.by_type
            by_type[UNTYPED] = by_type.get(UNTYPED, 0.0) - event.amount
            by_type[event.xp_type] = by_type.get(event.xp_type, 0.0) + event.amount

    # who did it ---------------------------------------------------------------------------------------------------

    def whose(self, event: e.Acted) -> str:
        """`own`, `pet` or `other`."""
        actor = event.actor
        if event.owner is not None and self.is_self[event.owner]:
            self.pets.add(self.keys[actor or ""])
            return "pet"
        if actor is None or self.is_self[actor]:
            return "own"
        if event.owner is None and self.pets and self.keys[actor] in self.pets:
            return "pet"
        return "other"

    def finish(self, at: float) -> None:
        """The session ends at `at` (its last event's time when the gap has passed)."""
        self.encounters.finish()
        self.ended_at = at

    # going back ---------------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """Everything needed to come back to this moment. Long lists are kept as lengths: they only grow."""
        return {
            "plain": _plain(self),
            "parts": [part.save() for part in self._parts()],
            "lengths": [len(column) for column in self._columns()],
            "pets": set(self.pets),
            "recent": (self.recent_damage.copy(), self.loose_gains.copy()),
            "last_level_up": self.level_ups[-1:],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        for name, value in zip(_PLAIN, saved["plain"], strict=True):
            setattr(self, name, value)
        for part, state in zip(self._parts(), saved["parts"], strict=True):
            part.restore(state)
        self.actor.clear()
        for column, length in zip(self._columns(), saved["lengths"], strict=True):
            del column[length:]
        self.level_ups[-1:] = saved["last_level_up"]
        self.pets = set(saved["pets"])
        self.recent_damage, self.loose_gains = (part.copy() for part in saved["recent"])

    def _parts(self) -> tuple[Any, ...]:
        return (
            self.timeline, self.ledger, self.encounters, self.skills, self.targets, self.zones, self.actors, self.names
        )  # fmt: skip

    def _columns(self) -> tuple[Any, ...]:
        return (self.deaths_detail, self.level_ups, self.moments, self.tags, self.xp_times, self.xp_amounts)
