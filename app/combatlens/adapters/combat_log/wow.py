"""World of Warcraft: WoWCombatLog*.txt, advanced or plain, of retail and classic clients.

The fields before an event's own are two units and, for spells, three of the spell; an advanced log then puts in a
block that varies by version but always ends with a decimal number and a level, which is how its end is found.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from combatlens.adapters.combat_log.dialect import LineDialect, LogSetup, Reading, pet_of
from combatlens.adapters.combat_log.times import DAY, clock_face, local_day, year_of_day
from combatlens.domain.events import Context, DamageTaken, Death, Heal, Kill, Mark, SkillUse
from combatlens.domain.skills import ATTACK

_STAMP = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))? (\d\d):(\d\d):(\d\d[.,]\d+)(?:[+-]\d+)?  ")
_MINE, _PLAYER, _PET = 0x1, 0x400, 0x3000
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
_LANDED = frozenset(("ABSORB", "BLOCK"))
_DEATHS, _SUMMONS = frozenset(("PARTY_KILL", "UNIT_DIED")), frozenset(("SPELL_SUMMON", "SPELL_CREATE"))
_PLACES = frozenset(("ZONE_CHANGE", "ENCOUNTER_START", "ENCOUNTER_END", "CHALLENGE_MODE_START"))
_TOLD = frozenset(("SPELL_CAST_SUCCESS", "ENVIRONMENTAL_DAMAGE")).union(
    _DAMAGE, _MISSED, _HEAL, _DRAIN, _DEATHS, _SUMMONS, _PLACES
)
"""What says something that counts; every other event is passed over by its name."""
_EVENT = re.compile(r"[A-Z][A-Z_]{3,40}$")


class Unit:
    """One side of a line: name, whether it is the player's character, and whose pet it is."""

    __slots__ = ("guid", "mine", "name", "owner", "player")

    def __init__(self, guid: str, name: str, mine: bool, owner: str | None, player: bool) -> None:
        self.guid, self.name, self.mine, self.owner, self.player = guid, name, mine, owner, player


class WowDialect(LineDialect):
    name = "wow"
    resolution = 0.001

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._recalled = self._said
        self._year: int | None = None if setup.first_day is None else year_of_day(setup.first_day)
        self._date, self._day, self._month = "", 0.0, 0
        self._stamp_text, self._local = "", 0.0
        self._minute_text, self._minute = "", 0.0
        """The last line's time up to its seconds, in local seconds."""
        self._owners: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._strangers: set[str] = set()
        """Whose owner, or name, was asked for in vain by what is recalled."""
        self._killed: dict[str, None] = {}
        self._casters: dict[str, None] = {}
        self._current = ""
        self._named = bool(setup.player) and not setup.found

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "year": self._year, "month": self._month, "owners": _last(self._owners), "names": _last(self._names),
            "killed": list(_last(self._killed)), "cast": list(self._casters), "current": self._current,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._year, self._month, self._date = state.get("year"), int(state.get("month", 0)), ""
        self._stamp_text = self._minute_text = ""
        self._owners, self._names = dict(state.get("owners", {})), dict(state.get("names", {}))
        self._current = str(state.get("current", ""))
        self._killed = dict.fromkeys(state.get("killed", ()))
        self._casters = dict.fromkeys(key.partition("\n")[0] for key in state.get("cast", ()))

    def split(self, line: str) -> tuple[float | None, str]:
        mark = line.find("  ")
        if mark > 0 and line[:mark] == self._stamp_text:
            return self._local, line[mark + 2 :]
        if mark > 6 and line[: mark - 6] == self._minute_text:
            seconds = line[mark - 6 : mark]
            if seconds[2] == "." and seconds < "60" and (seconds[:2] + seconds[3:]).isdecimal():
                self._stamp_text, self._local = line[:mark], round(self._minute + float(seconds), 6)
                return self._local, line[mark + 2 :]
        found = _STAMP.match(line)
        face = clock_face(found[4], found[5], found[6].replace(",", ".")) if found else None
        if found is None or face is None:
            return None, line
        date = line[: found.start(4)]
        if date != self._date:
            day = self._day_of(int(found[1]), int(found[2]), found[3])
            if day is None:
                return None, line
            self._date, self._day = date, day
        self._stamp_text, self._local = line[:mark], round(self._day + face, 6)
        self._minute_text = line[: found.start(6)] if found[6] < "60" else ""
        self._minute = self._day + face // 60.0 * 60.0
        return self._local, line[found.end() :]

    def _day_of(self, month: int, day: int, year: str | None) -> float | None:
        if year:
            return local_day(int(year) + (2000 if len(year) == 2 else 0), month, day)
        if self._year is None:
            here = self._time.local(self.setup.reference)
            self._year = year_of_day(int(here // DAY))
            start = local_day(self._year, month, day)
            if start is None or start > here + DAY:
                self._year -= 1
        elif month < self._month - 6:
            self._year += 1
        self._month = month
        return local_day(self._year, month, day)

    def read(self, body: str) -> Reading:
        event = body.partition(",")[0]
        if event not in _TOLD:
            return "event" if _EVENT.match(event) else ""
        fields = _fields(body)
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
        if len(suffix) < 8 or not _whole(suffix[0].lstrip("-")):
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
            critical=_critical(suffix), periodic=periodic or self._told_apart(source, skill),
        )  # fmt: skip

    def _told_apart(self, source: Unit, skill: str) -> bool:
        """Whether a line of its own tells the use: damage of what a caster never cast is a proc, and no use either."""
        return skill != ATTACK and source.name in self._casters

    def _heal(self, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        suffix = self._suffix(fields, "SPELL_HEAL", source)
        if len(suffix) < 2 or not _whole(suffix[0]):
            return "cut line"
        # amount, [base amount,] overhealing, absorbed, critical; the oldest clients: amount, [overhealing,] critical
        over = "0" if len(suffix) == 2 else suffix[2 if len(suffix) >= 5 else 1]
        if not _whole(over):
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
        at = _units_end(fields) + _PREFIXES[event.partition("_")[0]]
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
        if len(suffix) < 2 or not _whole(suffix[1]):
            return "cut line"
        if not target.name:
            return "damage to nobody"
        return DamageTaken(
            actor=self._doer(target), owner=target.owner, amount=float(suffix[1]), skill=suffix[0].lower()[:60]
        )

    def _drain(self, fields: list[str]) -> Reading:
        source, target = self._units(fields)
        suffix = self._suffix(fields, "SPELL_DRAIN", source)
        if not suffix or not _whole(suffix[0]) or not source.name:
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
        start = _units_end(fields) + _PREFIXES[event.partition("_")[0]]
        if len(fields) <= start + 1:
            return []
        first = fields[start]
        if first == "0000000000000000" or "-" in first[1:] or (first.startswith("0x") and len(first) == 18):
            if first == source.guid:
                self._owned(source, fields[start + 1])
            for i in range(min(len(fields), start + 22) - 1, start, -1):
                if "." in fields[i]:
                    return fields[i + 2 :]
            return []
        return fields[start:]

    def _owned(self, source: Unit, guid: str) -> None:
        """The advanced block names the owner of the unit it is about."""
        owner = self._names.get(guid)
        if owner is None:
            self._strangers.add(guid)
            return
        if self._owners.get(source.guid) != owner:
            self._passing()
        self._learn(self._owners, source.guid, owner)
        source.owner = self.me if self.own(owner) else owner

    def _skill(self, event: str, fields: list[str]) -> str:
        if event.startswith("SWING"):
            return ATTACK
        at = _units_end(fields)
        if len(fields) <= at + 1 or fields[at] in _SHOTS:
            return ATTACK
        return fields[at + 1].strip('"')[:200] or ATTACK

    def _units(self, fields: list[str]) -> tuple[Unit, Unit]:
        if (len(fields) < 9 and _units_end(fields) != 7) or len(fields) < 7:
            nobody = Unit("", "", False, None, False)
            return nobody, nobody
        if _units_end(fields) == 7:
            return self._unit(fields[1], fields[2], fields[3]), self._unit(fields[4], fields[5], fields[6])
        return self._unit(fields[1], fields[2], fields[3]), self._unit(fields[5], fields[6], fields[7])

    def _unit(self, guid: str, quoted: str, flags_text: str) -> Unit:
        name = "" if quoted == "nil" else quoted.strip('"')[:200]
        try:
            flags = int(flags_text, 16)
        except ValueError:
            flags = 0
        player = bool(flags & _PLAYER)
        if player and name:
            mine = self._is_mine(name, flags)
            self._learn(self._names, guid, name)
            return Unit(guid, name, mine, None, True)
        owner = self._owners.get(guid)
        if owner is None:
            self._strangers.add(guid)
        if owner is None and flags & _PET and flags & _MINE:
            owner = self._current or self.player or None
        return Unit(guid, name, False, self.me if owner is not None and self.own(owner) else owner, False)

    def _is_mine(self, name: str, flags: int) -> bool:
        """The client marks its own character. After a change of character, events bear the new one's name."""
        if self._named:
            return self.own(name)
        if flags & _MINE and name != self._current:
            self.player = self.player or name
            self._current = name
            self._changed()
        return bool(flags & _MINE)

    def own(self, name: str) -> bool:
        return bool(name) and (name in (self.player, self._current) or name.partition("-")[0] == self.player)

    @property
    def _other(self) -> bool:
        """Whether the player has changed to another character than the first."""
        return not self._named and self._current not in ("", self.player)

    @property
    def me(self) -> str:
        return self._current if self._other else super().me

    def _whose(self) -> str:
        return self._current if self._other else ""

    def _learn(self, table: dict[str, str], guid: str, name: str) -> None:
        """Remember a unit's name or owner. What was read while that was not known, or other, is read again."""
        known = table.get(guid)
        if known == name:
            return
        if known is not None or guid in self._strangers:
            self._changed()
        self._remember(table, guid, name)

    def _forget(self) -> None:
        super()._forget()
        self._strangers.clear()

    def _remember(self, table: dict[str, Any], key: str, value: Any) -> None:
        if len(table) > 5000:
            for old in list(table)[:1000]:
                del table[old]
            self._changed()
        table[key] = value

    def _doer(self, unit: Unit) -> str | None:
        return None if unit.mine else unit.name or None

    def _shown(self, unit: Unit) -> str:
        return self.me if unit.mine else unit.name


def _fields(body: str) -> list[str]:
    """Split at commas, but not within quotes."""
    fields = body.split(",")
    for name in fields[2:11:4]:
        if name[:1] == '"' and (len(name) < 2 or name[-1] != '"'):
            break  # a quotation begins in the field and does not end in it
    else:
        return fields
    try:
        return next(csv.reader([body]), [""])
    except csv.Error:
        return fields


def _whole(text: str) -> bool:
    return text.isdecimal() and len(text) < 16


def _units_end(fields: list[str]) -> int:
    """The first field after both units: the oldest clients write no raid flags."""
    return 7 if len(fields) > 4 and fields[4].startswith(("0x0", "0xF")) and len(fields[4]) == 18 else 9


def _critical(suffix: list[str]) -> bool:
    """amount, [unmitigated,] [overkill,] school, resisted, blocked, absorbed, critical, glancing, crushing [, off hand]

    No overkill is -1 (0 in older clients) and no school is; a killing blow of ten fields is told by its absorbed part.
    """
    count = len(suffix)
    if count <= 8:
        at = 5
    elif count == 9 or suffix[1] == "-1":
        at = 6
    elif suffix[2] == "-1" or count > 10:
        at = 7
    else:
        at = 6 if suffix[6] in ("nil", "1") and suffix[7] == "nil" else 7
    return count > at and suffix[at] == "1"


def _place(event: str, fields: list[str]) -> Reading:
    name = fields[1 if event == "CHALLENGE_MODE_START" else 2].strip('"')[:150] if len(fields) > 2 else ""
    if not name:
        return "cut line"
    if event in ("ZONE_CHANGE", "CHALLENGE_MODE_START"):
        return Context(zone=name)
    if event == "ENCOUNTER_START":
        return Mark(label=f"encounter: {name}")
    return Mark(label=f"encounter {'won' if fields[5:6] == ['1'] else 'lost'}: {name}")


def _last(table: dict[str, Any]) -> dict[str, Any]:
    """The newest 300 of a table: what a restart needs to know."""
    return {key: table[key] for key in list(table)[-300:]}


_OWN = re.compile(r",(Player-[^,]+|0x[0-9A-F]{16}),\"([^\"]+)\",0x[0-9a-f]*511,")


def find_player(lines: Sequence[str]) -> str:
    """The character that the client marks as its own in most lines."""
    names = Counter(found[2] for line in lines if (found := _OWN.search(line)))
    common = names.most_common(1)
    return common[0][0] if common else ""
