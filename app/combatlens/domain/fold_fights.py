"""What fighting does to a session's sums: skills, kills, deaths, damage, heals. See `fold`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from combatlens.domain import events as e
from combatlens.domain.fold_xp import KillNote, count_xp, credit_kill
from combatlens.domain.ledger import LAG_S
from combatlens.domain.occupied import OUTSIDE
from combatlens.domain.records import DeathDetail
from combatlens.domain.skills import ATTACK

if TYPE_CHECKING:
    from combatlens.domain.fold import SessionFold

BEFORE_DEATH_S = 15.0


def _drained(meta: dict[str, Any]) -> float:
    """What a skill drained of power, as a log says; 0 for anything that is no amount."""
    found = meta.get("drained")
    return float(found) if isinstance(found, int | float) and 0 <= found <= e.MAX_AMOUNT else 0.0


def skill(fold: SessionFold, event: e.SkillUse, record: e.Recorded) -> None:
    at, damage = record.at, event.damage
    whose = "own" if event.actor is None and event.owner is None else fold.whose(event)
    target = fold.names[event.target] if event.target else None
    if whose == "own" and target is not None and damage and fold.is_self[target]:
        fold.self_damage += damage
        fold.actor[None].self_damage += damage
        return
    row = fold.actor[event.actor]
    row.damage_dealt += damage
    if event.meta is not None:
        row.drained += _drained(event.meta)
    if whose == "other":
        if event.owner is not None:
            fold.actor[event.owner].pet_damage += damage
        return
    fold.timeline.bucket.damage += damage
    if target is not None:
        fold.target = target
        fold.targets[target].damage += damage
    hurts = target is not None or damage > 0
    if whose == "pet":
        fold.pet_damage += damage
        fold.actor[None].pet_damage += damage
        if hurts:
            _hostile(fold, at, target, damage)
        return
    fold.own_damage += damage
    _own_skill(fold, event, record, target, hurts)


def _hostile(
    fold: SessionFold, at: float, target: str | None, dealt: float = 0.0, taken: float = 0.0, use: bool = False
) -> None:
    encounters = fold.encounters
    before = encounters.number
    encounters.hostile(at, target, dealt, taken, use)
    if fold.skills.between:
        encounters.joined(fold.skills.go_on(encounters.number, encounters.number == before))


def _own_skill(fold: SessionFold, event: e.SkillUse, record: e.Recorded, target: str | None, hurts: bool) -> None:
    at, damage, name = record.at, event.damage, fold.names[event.skill]
    further = event.periodic or (
        record.source == "log"
        and name != ATTACK  # one swing, one target: a second one in that second is another swing
        and fold.skills.is_same_area_use(name, at, target, event.success)
    )
    if hurts and fold.skills.between:
        _hostile(fold, at, target, damage, use=not further)
    elif hurts:
        fold.encounters.hostile(at, target, damage, 0.0, not further)
    if further:
        if hurts and fold.skills.strike(name, at, fold.encounters.number, fold.rules.encounter_gap_s):
            fold.encounters.joined(1)
        fold.skills.further_hit(name, damage, event.success, event.critical)
    else:
        fold.timeline.bucket.uses += 1
        number = fold.encounters.number if hurts else OUTSIDE
        under_way = not hurts and fold.encounters.under_way(at)
        fold.skills.use(name, at, damage, event.success, event.critical, event.duration_ms, number, under_way)
    if damage:
        fold.skills.hurt(name, target, damage)
    if event.xp:
        fold.skills.credit(name, event.xp)
        count_xp(fold, at, event.xp, None, target)


def kill(fold: SessionFold, event: e.Kill, record: e.Recorded) -> None:
    at = record.at
    whose = fold.whose(event)
    fold.actor[event.actor].kills += 1
    if whose == "other":
        fold.kills_witnessed += 1
        return
    fold.kills += 1
    fold.timeline.bucket.kills += 1
    if whose == "pet":
        fold.kills_by_pet += 1
    target = fold.names[event.target] if event.target else None
    seconds = fold.encounters.kill(at, target, event.xp)
    if target is not None:
        row = fold.targets[target]
        row.kills += 1
        if seconds is not None:
            row.fights += 1
            row.fight_s += seconds
    if fold.zone is not None:
        fold.zones[fold.zone].kills += 1
    share = fold.skills.shares_of(target)
    fold.skills.share_kill(target, event.xp)
    fold.last_kill = None
    if event.xp:
        count_xp(fold, at, event.xp, None, target)
    else:
        loose = [g for g in fold.loose_gains if at - g[0] <= LAG_S and g[2] == record.source]
        fold.last_kill = KillNote(at, record.source, target, share)
        for _, amount, _ in loose:
            credit_kill(fold, fold.last_kill, amount)
    fold.loose_gains = []


def death(fold: SessionFold, event: e.Death, record: e.Recorded) -> None:
    fold.actor[event.actor].deaths += 1
    if fold.whose(event) != "own":
        return
    at = record.at
    fold.deaths += 1
    fold.timeline.bucket.deaths += 1
    by_source: dict[str, float] = {}
    last = None
    for hit in fold.recent_damage:
        told = hit.event
        if isinstance(told, e.DamageTaken) and at - hit.at <= BEFORE_DEATH_S:
            source = fold.names[told.source] if told.source else ""
            by_source[source] = by_source.get(source, 0.0) + told.amount
            last = source or last
    killer = last or event.cause
    if killer is not None:
        fold.targets[fold.names[killer]].deaths += 1
    detail = DeathDetail(
        at=at, cause=event.cause, zone=fold.zone, killer=killer, damage_taken=sum(by_source.values()),
        by_source=by_source,
    )  # fmt: skip
    fold.deaths_detail.append(detail)
    fold.moments.append((at, "death", killer or ""))
    fold.recent_damage.clear()
    fold.encounters.death(at)


def damage_taken(fold: SessionFold, event: e.DamageTaken, record: e.Recorded) -> None:
    amount = event.amount
    fold.actor[event.actor].damage_taken += amount
    if event.source:
        fold.actor[event.source].damage_dealt += amount
        owner = event.meta.get("source_owner") if event.meta is not None else None
        if isinstance(owner, str) and owner:
            fold.actor[owner].pet_damage += amount
    if not fold.is_self[event.actor]:
        return
    at = record.at
    source = fold.names[event.source] if event.source else ""
    fold.damage_taken += amount
    fold.timeline.bucket.damage_taken += amount
    if source:
        fold.targets[source].damage_taken += amount
    _hostile(fold, at, source or None, taken=amount)
    recent = fold.recent_damage
    recent.append(record)
    while at - recent[0].at > BEFORE_DEATH_S:
        recent.popleft()


def heal(fold: SessionFold, event: e.Heal, _record: e.Recorded) -> None:
    fold.actor[event.actor].healing_done += event.amount
    if fold.whose(event) == "own":
        fold.healing += event.amount
