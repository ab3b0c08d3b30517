"""The fold: one session's committed events, in order of (`at`, arrival), to its live sums.

It is the mutable core; `fold_view` makes the frozen images of it. `save` and `restore` let a late event go
back to the moment before it (`refold`). Events arrive with links between sources resolved (`facts`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from combatlens.domain import events as e
from combatlens.domain.encounter import Encounters
from combatlens.domain.ledger import LAG_S, UNTYPED, Counter, Ledger
from combatlens.domain.names import Keys, SameAs, Spellings
from combatlens.domain.occupied import OUTSIDE
from combatlens.domain.records import DeathDetail, LevelUp
from combatlens.domain.skills import ATTACK, SkillTable
from combatlens.domain.tallies import Actor, Table, Target, Zone
from combatlens.domain.timeline import Timeline

BEFORE_DEATH_S = 15.0

AFTERTHOUGHTS = (e.Feedback, e.Decision)
"""What is said about a session, mostly after it: no play, so it takes no time and opens nothing again."""

_EVEN_PAUSED = (e.SessionOp, e.Context, e.Mark)


class FoldRules(Struct, frozen=True):
    """What the profile says about a session. Seconds."""

    counter: Counter = "per_level"
    idle_s: float = 300.0
    encounter_gap_s: float = 10.0


def _drained(meta: dict[str, Any]) -> float:
    """What a skill drained of power, as a log says; 0 for anything that is no amount."""
    found = meta.get("drained")
    return float(found) if isinstance(found, int | float) and 0 <= found <= e.MAX_AMOUNT else 0.0


class KillNote(Struct, frozen=True):
    """The newest kill that named no XP: a gain line just after it is its XP."""

    at: float
    source: str
    target: str | None
    share: dict[str, float] | None


_PLAIN = (
    "events", "kills", "kills_by_pet", "kills_witnessed", "deaths", "own_damage", "pet_damage", "self_damage",
    "damage_taken", "healing", "loot_value", "spent", "mode", "build", "zone", "level", "boost", "party_size", "weapon",
    "quest", "notes", "first_value", "target", "ended_at", "_last_kill", "ratings",
)  # fmt: skip
"""Immutable fields: saved and restored by value."""


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
        self._recent_damage: list[tuple[float, float, str]] = []
        self._loose_gains: list[tuple[float, float, str]] = []
        self._last_kill: KillNote | None = None
        self._name = Spellings()
        self._is_self = SameAs(character)
        self._key = Keys()
        self._handlers: dict[type[e.Event], Callable[[Any, e.Recorded], None]] = {
            e.SkillUse: self._skill, e.Kill: self._kill, e.Death: self._death, e.DamageTaken: self._damage_taken,
            e.Heal: self._heal, e.XpReading: self._reading, e.XpGain: self._gain, e.Action: self._nothing,
            e.Loot: self._loot, e.Expense: self._expense, e.Context: self._context, e.Attempt: self._nothing,
            e.Feedback: self._feedback, e.Decision: self._nothing, e.Mark: self._mark, e.SessionOp: self._session,
        }  # fmt: skip

    def apply(self, record: e.Recorded) -> None:
        """Fold one event. Its time must not lie before that of the event folded before it."""
        event, timeline, at = record.event, self.timeline, record.at
        kind = type(event)
        self.events += 1
        if kind in AFTERTHOUGHTS:
            self._handlers[kind](event, record)
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
        self._handlers[kind](event, record)

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

    def _whose(self, event: e.Acted) -> str:
        """`own`, `pet` or `other`."""
        actor = event.actor
        if event.owner is not None and self._is_self[event.owner]:
            self.pets.add(self._key[actor or ""])
            return "pet"
        if actor is None or self._is_self[actor]:
            return "own"
        if event.owner is None and self.pets and self._key[actor] in self.pets:
            return "pet"
        return "other"

    def _actor(self, name: str | None) -> Actor:
        return self.actors[self.character if self._is_self[name] else name or ""]

    # fighting -----------------------------------------------------------------------------------------------------

    def _skill(self, event: e.SkillUse, record: e.Recorded) -> None:
        at, damage = record.at, event.damage
        whose = "own" if event.actor is None and event.owner is None else self._whose(event)
        target = self._name[event.target] if event.target else None
        if whose == "own" and target is not None and damage and self._is_self[target]:
            self.self_damage += damage
            self._actor(None).self_damage += damage
            return
        row = self._actor(event.actor)
        row.damage_dealt += damage
        if event.meta is not None:
            row.drained += _drained(event.meta)
        if whose == "other":
            if event.owner is not None:
                self._actor(event.owner).pet_damage += damage
            return
        self.timeline.bucket.damage += damage
        if target is not None:
            self.target = target
            self.targets[target].damage += damage
        hostile = target is not None or damage > 0
        if whose == "pet":
            self.pet_damage += damage
            self._actor(None).pet_damage += damage
            if hostile:
                self._hostile(at, target, damage)
            return
        self.own_damage += damage
        self._own_skill(event, record, target, hostile)

    def _hostile(
        self, at: float, target: str | None, dealt: float = 0.0, taken: float = 0.0, use: bool = False
    ) -> None:
        encounters = self.encounters
        before = encounters.number
        encounters.hostile(at, target, dealt, taken, use)
        if self.skills.between:
            encounters.joined(self.skills.go_on(encounters.number, encounters.number == before))

    def _own_skill(self, event: e.SkillUse, record: e.Recorded, target: str | None, hostile: bool) -> None:
        at, damage, name = record.at, event.damage, self._name[event.skill]
        further = event.periodic or (
            record.source == "log"
            and name != ATTACK  # one swing, one target: a second one in that second is another swing
            and self.skills.is_same_area_use(name, at, target, event.success)
        )
        if hostile and self.skills.between:
            self._hostile(at, target, damage, use=not further)
        elif hostile:
            self.encounters.hostile(at, target, damage, 0.0, not further)
        if further:
            if hostile and self.skills.strike(name, at, self.encounters.number, self.rules.encounter_gap_s):
                self.encounters.joined(1)
            self.skills.further_hit(name, damage, event.success, event.critical)
        else:
            self.timeline.bucket.uses += 1
            number = self.encounters.number if hostile else OUTSIDE
            under_way = not hostile and self.encounters.under_way(at)
            self.skills.use(name, at, damage, event.success, event.critical, event.duration_ms, number, under_way)
        if damage:
            self.skills.hurt(name, target, damage)
        if event.xp:
            self.skills.credit(name, event.xp)
            self._count_xp(at, event.xp, None, target)

    def _kill(self, event: e.Kill, record: e.Recorded) -> None:
        at = record.at
        whose = self._whose(event)
        self._actor(event.actor).kills += 1
        if whose == "other":
            self.kills_witnessed += 1
            return
        self.kills += 1
        self.timeline.bucket.kills += 1
        if whose == "pet":
            self.kills_by_pet += 1
        target = self._name[event.target] if event.target else None
        seconds = self.encounters.kill(at, target, event.xp)
        if target is not None:
            row = self.targets[target]
            row.kills += 1
            if seconds is not None:
                row.fights += 1
                row.fight_s += seconds
        if self.zone is not None:
            self.zones[self.zone].kills += 1
        share = self.skills.shares_of(target)
        self.skills.share_kill(target, event.xp)
        self._last_kill = None
        if event.xp:
            self._count_xp(at, event.xp, None, target)
        else:
            loose = [g for g in self._loose_gains if at - g[0] <= LAG_S and g[2] == record.source]
            self._last_kill = KillNote(at, record.source, target, share)
            for _, amount, _ in loose:
                self._credit_kill(self._last_kill, amount)
        self._loose_gains = []

    def _credit_kill(self, kill: KillNote, amount: float) -> None:
        self.skills.spread(kill.share, amount)
        if kill.target is not None:
            self.targets[kill.target].xp += amount

    def _death(self, event: e.Death, record: e.Recorded) -> None:
        self._actor(event.actor).deaths += 1
        if self._whose(event) != "own":
            return
        at = record.at
        self.deaths += 1
        self.timeline.bucket.deaths += 1
        by_source: dict[str, float] = {}
        last = None
        for when, amount, source in self._recent_damage:
            if at - when <= BEFORE_DEATH_S:
                by_source[source] = by_source.get(source, 0.0) + amount
                last = source or last
        killer = last or event.cause
        if killer is not None:
            self.targets[self._name[killer]].deaths += 1
        detail = DeathDetail(
            at=at, cause=event.cause, zone=self.zone, killer=killer, damage_taken=sum(by_source.values()),
            by_source=by_source,
        )  # fmt: skip
        self.deaths_detail.append(detail)
        self.moments.append((at, "death", killer or ""))
        self._recent_damage = []
        self.encounters.death(at)

    def _damage_taken(self, event: e.DamageTaken, record: e.Recorded) -> None:
        amount = event.amount
        self._actor(event.actor).damage_taken += amount
        if event.source:
            self._actor(event.source).damage_dealt += amount
            owner = event.meta.get("source_owner") if event.meta is not None else None
            if isinstance(owner, str) and owner:
                self._actor(owner).pet_damage += amount
        if not self._is_self[event.actor]:
            return
        at = record.at
        source = self._name[event.source] if event.source else ""
        self.damage_taken += amount
        self.timeline.bucket.damage_taken += amount
        if source:
            self.targets[source].damage_taken += amount
        self._hostile(at, source or None, taken=amount)
        recent = self._recent_damage
        recent.append((at, amount, source))
        if at - recent[0][0] > BEFORE_DEATH_S:
            self._recent_damage = [hit for hit in recent if at - hit[0] <= BEFORE_DEATH_S]

    def _heal(self, event: e.Heal, _record: e.Recorded) -> None:
        self._actor(event.actor).healing_done += event.amount
        if self._whose(event) == "own":
            self.healing += event.amount

    # XP -----------------------------------------------------------------------------------------------------------

    def _count_xp(self, at: float, amount: float, xp_type: str | None, target: str | None) -> None:
        before = self.ledger.total
        self.ledger.gain(at, amount, xp_type)
        self._note_xp(self.ledger.total - before)
        if target is not None:
            self.targets[target].xp += amount

    def _note_xp(self, gained: float) -> None:
        if gained:
            self.timeline.bucket.xp += gained
            if self.zone is not None:
                self.zones[self.zone].xp += gained
            self.xp_times.append(self.timeline.active_s)
            self.xp_amounts.append(gained)

    def _gain(self, event: e.XpGain, record: e.Recorded) -> None:
        if self._whose(event) == "other":
            return
        at = record.at
        if event.meta is not None and event.meta.get("not_xp") is True:
            self.ledger.beside(event.amount or 0.0, event.xp_type)
            return
        target = self._name[event.target] if event.target else None
        if event.amount is None:
            before = self.ledger.total
            self.ledger.gain_percent(at, event.percent or 0.0, event.xp_type)
            self._note_xp(self.ledger.total - before)
            return
        self._count_xp(at, event.amount, event.xp_type, target)
        if event.percent is not None:
            self.ledger.levels_named += event.percent / 100.0
        kill = self._last_kill
        if event.skill:
            self.skills.credit(self._name[event.skill], event.amount)
        elif target is not None:
            self.skills.share_kill(target, event.amount)
        elif kill is not None and kill.source == record.source and at - kill.at <= LAG_S:
            self._credit_kill(kill, event.amount)
        else:
            self._loose_gains = [g for g in self._loose_gains if at - g[0] <= LAG_S]
            self._loose_gains.append((at, event.amount, record.source))

    def _reading(self, event: e.XpReading, record: e.Recorded) -> None:
        if event.meta is not None and event.meta.get("baseline") is True and self.ledger.previous is not None:
            self.ledger.baseline(event, record.at)  # the one before was wrong: the difference is no gain
            if event.value is not None and not self.level_ups:
                self.first_value = event.value - self.ledger.observed
            return
        before = self.ledger.total
        found = self.ledger.read(event, record.at, LAG_S if record.source == "screen" else 0.0)
        self._note_xp(self.ledger.total - before)
        now = self.ledger.previous
        if now is not None and self.first_value is None:
            self.first_value = now.value
        if found.level_up:
            self._level_up(record.at, now.level if now else None)
        elif now is not None and now.level is not None:
            self.level = now.level

    def _level_up(self, at: float, level: int | None) -> None:
        """Note a level-up; the screen's and the log's word on the same one are one."""
        if self.level_ups:
            last = self.level_ups[-1]
            if at - last.at <= 10.0 and (level is None or last.level is None or level == last.level):
                self.level_ups[-1] = LevelUp(last.at, last.level if level is None else level)
                self.level = self.level_ups[-1].level or self.level
                return
        if level is None and self.level is not None:
            level = self.level + 1
        self.level = level if level is not None else self.level
        self.level_ups.append(LevelUp(at, level))
        self.moments.append((at, "level_up", "" if level is None else str(level)))

    # the rest -----------------------------------------------------------------------------------------------------

    def _context(self, event: e.Context, record: e.Recorded) -> None:
        if event.zone is not None and event.zone != self.zone:
            self.zone = event.zone
            self.moments.append((record.at, "zone", event.zone))
        for name in ("mode", "build", "weapon", "boost", "party_size", "quest"):
            value = getattr(event, name)
            if value is not None:
                setattr(self, name, value)
        self._add_tags(event.tags or ())
        if event.level is not None:
            rose = self.level is not None and event.level == self.level + 1
            if rose or (event.meta is not None and event.meta.get("level_up") is True):
                self._level_up(record.at, event.level)
            else:
                self.level = event.level

    def _add_tags(self, tags: tuple[str, ...]) -> None:
        self.tags.extend(tag for tag in tags if tag not in self.tags)

    def _loot(self, event: e.Loot, _record: e.Recorded) -> None:
        if event.value is not None and self._whose(event) != "other":
            self.loot_value += event.value

    def _expense(self, event: e.Expense, _record: e.Recorded) -> None:
        self.spent += event.amount

    def _feedback(self, event: e.Feedback, _record: e.Recorded) -> None:
        self.ratings += (event.rating,)
        self._add_tags(event.tags)

    def _mark(self, event: e.Mark, record: e.Recorded) -> None:
        self.moments.append((record.at, "mark", event.label))

    def _nothing(self, _event: e.Event, _record: e.Recorded) -> None:
        """Actions, attempts and decisions count for the learner, not for the live sums."""

    def _session(self, event: e.SessionOp, record: e.Recorded) -> None:
        for name in ("mode", "build", "notes"):
            value = getattr(event, name)
            if value is not None:
                setattr(self, name, value)
        if event.zone is not None:
            self.zone = event.zone
        if event.op == "pause":
            reason = self.timeline.pause(event.reason)
            if reason is not None:
                self.moments.append((record.at, "pause", event.reason or reason))
                if self.timeline.paused_by_user:
                    self.ledger.interrupt()
        elif event.op == "resume":
            if self.timeline.resume(event.reason):
                self.moments.append((record.at, "resume", event.reason or ""))
        elif event.op == "end":
            self.finish(record.at)

    def finish(self, at: float) -> None:
        """The session ends at `at` (its last event's time when the gap has passed)."""
        self.encounters.finish()
        self.ended_at = at

    # going back ---------------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """Everything needed to come back to this moment. Long lists are kept as lengths: they only grow."""
        return {
            "plain": tuple(getattr(self, name) for name in _PLAIN),
            "parts": [part.save() for part in self._parts()],
            "lengths": [len(column) for column in self._columns()],
            "pets": set(self.pets),
            "recent": (list(self._recent_damage), list(self._loose_gains)),
            "last_level_up": self.level_ups[-1:],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        for name, value in zip(_PLAIN, saved["plain"], strict=True):
            setattr(self, name, value)
        for part, state in zip(self._parts(), saved["parts"], strict=True):
            part.restore(state)
        for column, length in zip(self._columns(), saved["lengths"], strict=True):
            del column[length:]
        self.level_ups[-1:] = saved["last_level_up"]
        self.pets = set(saved["pets"])
        self._recent_damage, self._loose_gains = (list(part) for part in saved["recent"])

    def _parts(self) -> tuple[Any, ...]:
        return (
            self.timeline, self.ledger, self.encounters, self.skills, self.targets, self.zones, self.actors, self._name
        )  # fmt: skip

    def _columns(self) -> tuple[Any, ...]:
        return (self.deaths_detail, self.level_ups, self.moments, self.tags, self.xp_times, self.xp_amounts)
