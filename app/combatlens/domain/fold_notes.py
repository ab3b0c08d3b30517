"""What is said about a session beside its fights: where, how, how it went, and its own pauses and end. See `fold`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from combatlens.domain import events as e
from combatlens.domain.fold_xp import level_up

if TYPE_CHECKING:
    from combatlens.domain.fold import SessionFold


def context(fold: SessionFold, event: e.Context, record: e.Recorded) -> None:
    if event.zone is not None and event.zone != fold.zone:
        fold.zone = event.zone
        fold.moments.append((record.at, "zone", event.zone))
    for name in ("mode", "build", "weapon", "boost", "party_size", "quest"):
        value = getattr(event, name)
        if value is not None:
            setattr(fold, name, value)
    _add_tags(fold, event.tags or ())
    if event.level is not None:
        rose = fold.level is not None and event.level == fold.level + 1
        if rose or (event.meta is not None and event.meta.get("level_up") is True):
            level_up(fold, record.at, event.level)
        else:
            fold.level = event.level


def _add_tags(fold: SessionFold, tags: tuple[str, ...]) -> None:
    fold.tags.extend(tag for tag in tags if tag not in fold.tags)


def loot(fold: SessionFold, event: e.Loot, _record: e.Recorded) -> None:
    if event.value is not None and fold.whose(event) != "other":
        fold.loot_value += event.value


def expense(fold: SessionFold, event: e.Expense, _record: e.Recorded) -> None:
    fold.spent += event.amount


def feedback(fold: SessionFold, event: e.Feedback, _record: e.Recorded) -> None:
    fold.ratings += (event.rating,)
    _add_tags(fold, event.tags)


def mark(fold: SessionFold, event: e.Mark, record: e.Recorded) -> None:
    fold.moments.append((record.at, "mark", event.label))


def nothing(_fold: SessionFold, _event: e.Event, _record: e.Recorded) -> None:
    """Actions, attempts and decisions count for the learner, not for the live sums."""


def session(fold: SessionFold, event: e.SessionOp, record: e.Recorded) -> None:
    for name in ("mode", "build", "notes"):
        value = getattr(event, name)
        if value is not None:
            setattr(fold, name, value)
    if event.zone is not None:
        fold.zone = event.zone
    if event.op == "pause":
        reason = fold.timeline.pause(event.reason)
        if reason is not None:
            fold.moments.append((record.at, "pause", event.reason or reason))
            if fold.timeline.paused_by_user:
                fold.ledger.interrupt()
    elif event.op == "resume":
        if fold.timeline.resume(event.reason):
            fold.moments.append((record.at, "resume", event.reason or ""))
    elif event.op == "end":
        fold.finish(record.at)
