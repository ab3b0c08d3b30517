"""Deaths and lost fights as attempts.

The bad example is what was done before the death, the good one what was done when the same target died instead.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from combatlens.domain.events import Action, DamageTaken, Death, Event, Heal, Kill, Recorded, SkillUse
from combatlens.domain.names import same_name_key
from combatlens.learning.attempt_record import FIGHT, HASH_CHARS, Learning

STEPS_KEPT = 30
FIGHTS_KEPT = 200
"""Of the fights won against one target the newest count; a rate over years says little about how one plays now."""


PREFIX = "killed_by_"


class _Running:
    """The encounter under way: what was done, when, against whom, and who hurt last."""

    __slots__ = ("hurt_by", "last", "steps")

    def __init__(self) -> None:
        self.steps: list[tuple[str, str | None]] = []
        self.last: float | None = None
        self.hurt_by: str | None = None

    def clear(self) -> None:
        self.steps, self.last, self.hurt_by = [], None, None


def fight_attempts(
    records: Iterable[Recorded], profile: str, *, encounter_gap: float = 10.0, since: float = 0.0
) -> list[Learning]:
    """Every fight lost, and the newest 200 won against each target that ever killed the character; oldest first.

    `records`: committed events of one character in order of (`at`, `seq`). Steps are own skills, heals and actions in
    the encounter (no gap over `encounter_gap` seconds), against the target or nobody in particular. Fights before
    `since` only tell who is dangerous. The killer is who hurt the character last, else the death's cause; a death
    without either is left out.
    """
    running = _Running()
    found: list[Learning] = []
    for record in records:
        event = record.event
        if running.last is not None and record.at - running.last > encounter_gap:
            running.clear()
        if _is_others(event, record.character):
            continue
        if isinstance(event, Death):
            killer = running.hurt_by or event.cause
            if killer:
                found.append(_learning(record, profile, killer, _steps(running, killer), won=False))
            running.clear()
        elif isinstance(event, Kill):
            if event.target:
                found.append(_learning(record, profile, event.target, _steps(running, event.target), won=True))
                running.steps = [step for step in running.steps if step[1] not in (None, event.target)]
            running.last = record.at
        else:
            _note(running, record.at, event)
    return _dangerous(found, {one.error_pattern for one in found if not one.success}, since)


def _dangerous(found: list[Learning], killers: set[str | None], since: float) -> list[Learning]:
    kept: list[Learning] = []
    wins: Counter[str | None] = Counter()
    for one in reversed(found):
        if one.success:
            if one.error_pattern not in killers or wins[one.error_pattern] >= FIGHTS_KEPT:
                continue
            wins[one.error_pattern] += 1
        kept.append(one)
    start = datetime.fromtimestamp(since, UTC).isoformat(timespec="microseconds") if since else ""
    return [one for one in reversed(kept) if one.timestamp >= start]


def _note(running: _Running, at: float, event: Event) -> None:
    if isinstance(event, DamageTaken):
        running.hurt_by = event.source or running.hurt_by
        running.last = at
    elif isinstance(event, SkillUse) and not event.periodic:
        name = event.skill if event.success else f"{event.skill} (failed)"
        running.steps.append((name, event.target))
        running.last = at
    elif isinstance(event, Heal) and running.last is not None:
        running.steps.append((event.skill or "heal", None))
    elif isinstance(event, Action) and running.last is not None:
        running.steps.append((event.name, None))


def _is_others(event: Event, character: str) -> bool:
    actor = getattr(event, "actor", None)
    return actor is not None and actor != character


def _steps(running: _Running, target: str) -> str:
    """One step a line; the same again is counted, not repeated."""
    key = same_name_key(target)
    names = [name for name, at in running.steps if at is None or same_name_key(at) == key]
    lines = []
    for name, same in groupby(names):
        count = sum(1 for _ in same)
        lines.append(name if count == 1 else f"{name} × {count}")
    return "\n".join(lines[-STEPS_KEPT:])


def _learning(record: Recorded, profile: str, target: str, steps: str, *, won: bool) -> Learning:
    moment = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds")
    identity = f"{record.session_id}\0{record.seq}\0{record.at!r}"
    return Learning(
        language=profile,
        construct_type=FIGHT,
        attempt_number=1,
        success=won,
        generated_code=steps,
        validation_errors=[] if won else [f"killed by {target}"],
        error_pattern=PREFIX + _slug(target),
        timestamp=moment,
        hash=hashlib.sha256(identity.encode()).hexdigest()[:HASH_CHARS],
    )


def _slug(name: str) -> str:
    """`A womp rat` and `womp_rat` are both womp_rat."""
    words = re.findall(r"[^\W_]+", name.casefold())
    return "_".join(words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words)
