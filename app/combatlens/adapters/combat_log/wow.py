"""World of Warcraft: WoWCombatLog*.txt, advanced or plain, of retail and classic clients.

The fields before an event's own are two units and, for spells, three of the spell; an advanced log then puts in a
block that varies by version but always ends with a decimal number and a level, which is how its end is found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from combatlens.adapters.combat_log.line_dialect import Reading, pet_of
from combatlens.adapters.combat_log.wow_fields import critical, fields_of, units_end, whole
from combatlens.adapters.combat_log.wow_units import Unit, WowUnits
from combatlens.domain.events import Context, DamageTaken, Death, Heal, Kill, Mark, SkillUse
from combatlens.domain.skills import ATTACK

_PREFIXES = {"SWING": 0, "SPELL": 3, "RANGE": 3, "DAMAGE": 3, "ENVIRONMENTAL": 0}
_DAMAGE = frozenset((
    "SWING_DAMAGE", "SPELL_DAMAGE", "SPELL_PERIODIC_DAMAGE", "RANGE_DAMAGE", "DAMAGE_SHIELD", "DAMAGE_SPLIT",
    "SPELL_BUILDING_DAMAGE",
))  # fmt: skip
_MISSED = frozenset(("SWING_MISSED", "SPELL_MISSED", "SPELL_PERIODIC_MISSED", "RANGE_MISSED"))
_HEAL = frozenset(("SPELL_HEAL", "SPELL_PERIODIC_HEAL"))
_DRAIN = frozenset(("SPELL_DRAIN", "SPELL_PERIODIC_DRAIN", "SPELL_LEECH", "SPELL_PERIODIC_LEECH"))
_SHOTS = frozenset(("75", "2764", "3018", "5019"))
"""Automatic shots by their ids, which are the same in every language of the client."""
_NOBODY, _ADVANCED = "0000000000000000", 19
"""No unit; and how many fields the newest block has, for one whose places have no decimals."""
_LANDED = frozenset(("ABSORB", "BLOCK"))
_DEATHS, _SUMMONS = frozenset(("PARTY_KILL", "UNIT_DIED")), frozenset(("SPELL_SUMMON", "SPELL_CREATE"))
_PLACES = frozenset(("ZONE_CHANGE", "ENCOUNTER_START", "ENCOUNTER_END", "CHALLENGE_MODE_START"))
_TOLD = frozenset(("SPELL_CAST_SUCCESS", "ENVIRONMENTAL_DAMAGE")).union(
    _DAMAGE, _MISSED, _HEAL, _DRAIN, _DEATHS, _SUMMONS, _PLACES
)
"""What says something that counts; every other event is passed over by its name."""
_EVENT = re.compile(r"[A-Z][A-Z_]{3,40}$")


class WowDialect(WowUnits):
    """Reads what a line says."""

    def read(self, body: str) -> Reading:
        event = body.partition(",")[0]
        if event not in _TOLD:
            return "event" if _EVENT.match(event) else ""
        fields = fields_of(body)
        if event in _DAMAGE:
            return self._damage(event, fields) if len(fields) > 14 else "cut line"
        if event in _HEAL:
            return self._heal(fields) if len(fields) > 11 else "cut line"
        if event in _MISSED:
            return self._missed(event, fields)
        if event == "SPELL_CAST_SUCCESS":
            return self._casts(fields)
        if event in _DEATHS:
            return self._dead(event, fields)
        if event == "ENVIRONMENTAL_DAMAGE":
            return self._environment(fields)
        if event in _DRAIN:
            return self._drain(fields)
        if event in _SUMMONS:
            source, target = self._units(fields)
            self._passing()
            self._learn(self._owners, target.guid, source.name)
            return "summon"
        return _place(event, fields)

    # ------------------------------------------------------------------ damage and healing

    def _damage(self, event: str, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        suffix = self._suffix(fields, event, source)
        if len(suffix) < 8 or not whole(suffix[0].lstrip("-")):
            return "cut line"
        amount, skill = max(0.0, float(suffix[0])), self._skill(event, fields)
        periodic = "PERIODIC" in event or event in ("DAMAGE_SHIELD", "DAMAGE_SPLIT")
        if target.mine:
            if source.mine:
                return SkillUse(skill=skill, damage=amount, target=self.me, periodic=periodic)
            meta = pet_of(source.owner)
            return DamageTaken(amount=amount, source=source.name or None, skill=skill, periodic=periodic, meta=meta)
        if not target.name:
            return "damage to nobody"
        if not source.name:
            return DamageTaken(actor=target.name, owner=target.owner, amount=amount, skill=skill, periodic=periodic)
        return SkillUse(
            actor=self._doer(source), owner=source.owner, skill=skill, damage=amount, target=self._shown(target),
            critical=critical(suffix), periodic=periodic or self._told_apart(source, skill),
        )  # fmt: skip

    def _told_apart(self, source: Unit, skill: str) -> bool:
        """Whether a line of its own tells the use: damage of what a caster never cast is a proc, and no use either."""
        return skill != ATTACK and source.name in self._casters

    def _heal(self, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        suffix = self._suffix(fields, "SPELL_HEAL", source)
        if len(suffix) < 2 or not whole(suffix[0]):
            return "cut line"
        # amount, [base amount,] overhealing, absorbed, critical; the oldest clients: amount, [overhealing,] critical
        over = "0" if len(suffix) == 2 else suffix[2 if len(suffix) >= 5 else 1]
        if not whole(over):
            return "cut line"
        amount = max(0.0, float(suffix[0]) - float(over))
        if not source.name:
            source = target
        if not source.name:
            return "healing of nobody"
        return Heal(
            actor=self._doer(source), owner=source.owner, amount=amount, target=self._shown(target),
            skill=self._skill("SPELL_HEAL", fields),
        )  # fmt: skip

    def _missed(self, event: str, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        at = units_end(fields) + _PREFIXES[event.partition("_")[0]]
        if len(fields) <= at or not (source.mine or source.owner == self.me):
            return "missed by another"
        how = fields[at]
        skill = self._skill(event, fields)
        return SkillUse(
            actor=self._doer(source), owner=source.owner, skill=skill, success=how in _LANDED,
            error=how.lower()[:60], target=self._shown(target),
            periodic="PERIODIC" in event or self._told_apart(source, skill),
        )  # fmt: skip

    def _casts(self, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        if not (source.mine or source.player):
            at = units_end(fields) + 3
            if len(fields) > at + 1 and fields[at] == source.guid:
                self._owned(source.guid, fields[at + 1], source)
        if not (source.mine or source.owner == self.me):
            return "cast by another"
        skill = self._skill("SPELL_CAST_SUCCESS", fields)
        if skill == ATTACK:
            return "shot"  # its damage line is the use
        if source.name not in self._casters and len(self._casters) < 2000:
            self._casters[source.name] = None
            self._changed()
        aimed = None if target.mine or not target.name else self._shown(target)
        return SkillUse(actor=self._doer(source), owner=source.owner, skill=skill, target=aimed)

    def _environment(self, fields: list[str]) -> Reading:
        _, target = self._units(fields)
        suffix = self._suffix(fields, "ENVIRONMENTAL_DAMAGE", target)
        if len(suffix) < 2 or not whole(suffix[1]):
            return "cut line"
        if not target.name:
            return "damage to nobody"
        return DamageTaken(
            actor=self._doer(target), owner=target.owner, amount=float(suffix[1]), skill=suffix[0].lower()[:60]
        )

    def _drain(self, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        suffix = self._suffix(fields, "SPELL_DRAIN", source)
        if not suffix or not whole(suffix[0]) or not source.name:
            return "drain"
        return SkillUse(
            actor=self._doer(source), owner=source.owner, skill=self._skill("SPELL_DRAIN", fields),
            target=self._shown(target), periodic=True, meta={"drained": float(suffix[0])},
        )  # fmt: skip

    def _dead(self, event: str, fields: list[str]) -> Reading:
        self._passing()
        source, target = self._units(fields)
        if event == "PARTY_KILL":
            self._remember(self._killed, target.guid, None)
            if target.mine:
                return Death(cause=source.name or None)
            if not source.name or not target.name:
                return "death"
            return Kill(actor=self._doer(source), owner=source.owner, target=self._shown(target))
        if fields[-1] == "1":
            return "feigned death"
        if target.guid in self._killed:
            del self._killed[target.guid]
            return "death already told"
        if target.mine:
            return Death()
        return Death(actor=target.name, owner=target.owner) if target.name else "death"

    # ------------------------------------------------------------------ fields

    def _suffix(self, fields: list[str], event: str, source: Unit) -> list[str]:
        """An event's own fields, after the advanced block where there is one."""
        start = units_end(fields) + _PREFIXES[event.partition("_")[0]]
        if len(fields) <= start + 1:
            return []
        first = fields[start]
        if first == _NOBODY or "-" in first[1:] or (first.startswith("0x") and len(first) == 18):
            self._owned(first, fields[start + 1], source)
            for i in range(min(len(fields), start + 22) - 1, start, -1):
                if "." in fields[i]:
                    return fields[i + 2 :]
            return fields[start + _ADVANCED :]
        return fields[start:]

    def _skill(self, event: str, fields: list[str]) -> str:
        if event.startswith("SWING"):
            return ATTACK
        at = units_end(fields)
        if len(fields) <= at + 1 or fields[at] in _SHOTS:
            return ATTACK
        return fields[at + 1].strip('"')[:200] or ATTACK


def _place(event: str, fields: list[str]) -> Reading:
    name = fields[1 if event == "CHALLENGE_MODE_START" else 2].strip('"')[:150] if len(fields) > 2 else ""
    if not name:
        return "cut line"
    if event in ("ZONE_CHANGE", "CHALLENGE_MODE_START"):
        return Context(zone=name)
    if event == "ENCOUNTER_START":
        return Mark(label=f"encounter: {name}")
    return Mark(label=f"encounter {'won' if fields[5:6] == ['1'] else 'lost'}: {name}")


_OWN = re.compile(r",(Player-[^,]+|0x[0-9A-F]{16}),\"([^\"]+)\",0x[0-9a-f]*511,")


def find_player(lines: Sequence[str]) -> str:
    """The character that the client marks as its own in most lines."""
    names = Counter(found[2] for line in lines if (found := _OWN.search(line)))
    common = names.most_common(1)
    return common[0][0] if common else ""
