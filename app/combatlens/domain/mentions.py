"""What an event tells, as far as another source may tell the same (METRICS), and two such events made one."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from combatlens.domain import events as e
from combatlens.domain.names import same_name_key

WINDOW_S = 1.5
HOTKEY_WINDOW_S = 10.0
_NOT_CONTENT = frozenset({"id", "at", "character", "meta"})


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
        if event.amount is None or event.actor is not None or (event.meta or {}).get("not_xp") is True:
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


def agree(a: Mention, b: Mention) -> bool:
    if a.source == b.source:
        return False
    if a.group == "gain" or b.group == "gain":
        return a.amount == b.amount
    if a.group == "named":
        return False
    if a.group != b.group or (a.amount and b.amount and a.amount != b.amount):
        return False
    return all(not x or not y or x == y for x, y in zip(a.names, b.names, strict=True))
