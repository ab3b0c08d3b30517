"""What readings and gains do to a session's XP, and whom a gain is credited to. See `fold`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from combatlens.domain import events as e
from combatlens.domain.ledger import LAG_S
from combatlens.domain.records import LevelUp

if TYPE_CHECKING:
    from combatlens.domain.fold import SessionFold


class KillNote(Struct, frozen=True):
    """The newest kill that named no XP: a gain line just after it is its XP."""

    at: float
    source: str
    target: str | None
    share: dict[str, float] | None


def count_xp(fold: SessionFold, at: float, amount: float, xp_type: str | None, target: str | None) -> None:
    before = fold.ledger.total
    fold.ledger.gain(at, amount, xp_type)
    _note_xp(fold, fold.ledger.total - before)
    if target is not None:
        fold.targets[target].xp += amount


def _note_xp(fold: SessionFold, gained: float) -> None:
    if gained:
        fold.timeline.bucket.xp += gained
        if fold.zone is not None:
            fold.zones[fold.zone].xp += gained
        fold.xp_times.append(fold.timeline.active_s)
        fold.xp_amounts.append(gained)


def credit_kill(fold: SessionFold, kill: KillNote, amount: float) -> None:
    fold.skills.spread(kill.share, amount)
    if kill.target is not None:
        fold.targets[kill.target].xp += amount


def gain(fold: SessionFold, event: e.XpGain, record: e.Recorded) -> None:
    if fold.whose(event) == "other":
        return
    at = record.at
    if event.meta is not None and event.meta.get("not_xp") is True:
        fold.ledger.beside(event.amount or 0.0, event.xp_type)
        return
    target = fold.names[event.target] if event.target else None
    if event.amount is None:
        before = fold.ledger.total
        fold.ledger.gain_percent(at, event.percent or 0.0, event.xp_type)
        _note_xp(fold, fold.ledger.total - before)
        return
    count_xp(fold, at, event.amount, event.xp_type, target)
    if event.percent is not None:
        fold.ledger.levels_named += event.percent / 100.0
    kill = fold.last_kill
    if event.skill:
        fold.skills.credit(fold.names[event.skill], event.amount)
    elif target is not None:
        fold.skills.share_kill(target, event.amount)
    elif kill is not None and kill.source == record.source and at - kill.at <= LAG_S:
        credit_kill(fold, kill, event.amount)
    else:
        fold.loose_gains = [g for g in fold.loose_gains if at - g[0] <= LAG_S]
        fold.loose_gains.append((at, event.amount, record.source))


def reading(fold: SessionFold, event: e.XpReading, record: e.Recorded) -> None:
    if event.meta is not None and event.meta.get("baseline") is True and fold.ledger.previous is not None:
        fold.ledger.baseline(event, record.at)  # the one before was wrong: the difference is no gain
        if event.value is not None and not fold.level_ups:
            fold.first_value = event.value - fold.ledger.observed
        return
    before = fold.ledger.total
    found = fold.ledger.read(event, record.at, LAG_S if record.source == "screen" else 0.0)
    _note_xp(fold, fold.ledger.total - before)
    now = fold.ledger.previous
    if now is not None and fold.first_value is None:
        fold.first_value = now.value
    if found.level_up:
        level_up(fold, record.at, now.level if now else None)
    elif now is not None and now.level is not None:
        fold.level = now.level


def level_up(fold: SessionFold, at: float, level: int | None) -> None:
    """Note a level-up; the screen's and the log's word on the same one are one."""
    if fold.level_ups:
        last = fold.level_ups[-1]
        if at - last.at <= 10.0 and (level is None or last.level is None or level == last.level):
            fold.level_ups[-1] = LevelUp(last.at, last.level if level is None else level)
            fold.level = fold.level_ups[-1].level or fold.level
            return
    if level is None and fold.level is not None:
        level = fold.level + 1
    fold.level = level if level is not None else fold.level
    fold.level_ups.append(LevelUp(at, level))
    fold.moments.append((at, "level_up", "" if level is None else str(level)))
