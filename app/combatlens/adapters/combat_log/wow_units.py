"""World of Warcraft: where a line bears its time, and who is who: names, owners, the player's own characters."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from msgspec import Struct

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Said
from combatlens.adapters.combat_log.times import DAY, LocalTime, clock_face, local_day, year_of_day
from combatlens.adapters.combat_log.wow_fields import units_end

_STAMP = re.compile(
    r"(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))? (\d{1,2}):(\d\d):(\d\d[.,](?:\d{3}(?:\d{3})?|\d{4}(?=[+-])|\d{1,2}))"
    r"([+-]?\d{1,2}(?:[.:]\d\d?)?)?(?:  ?|\t)"
)
"""Behind the milliseconds newer clients write their zone in hours, one ahead of UTC without a sign: `00.1232`."""
_MINE, _PLAYER, _PET = 0x1, 0x400, 0x3000


class Unit(Struct, gc=False):
    """One side of a line: name, whether it is the player's character, and whose pet it is."""

    guid: str
    name: str
    mine: bool
    owner: str | None
    player: bool


class WowUnits(LineDialect):
    """Takes lines apart and remembers their units. Subclasses read what a line says."""

    name = "wow"
    resolution = 0.001

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._recalled = self._said
        self._year: int | None = None if setup.first_day is None else year_of_day(setup.first_day)
        self._date, self._day, self._month = "", 0.0, 0
        self._stamp_text, self._local = "", 0.0
        self._minute_text, self._minute_ms, self._zone = "", 0, ""
        """The last line's time up to its seconds, in local milliseconds, and the zone that it states."""
        self._bare, self._stated = self._time, LocalTime(UTC)
        """How times without a zone become UTC; times with one are UTC as `split` gives them."""
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
        begin = len(self._minute_text)
        if begin and line.startswith(self._minute_text) and line[begin + 6 : mark] == self._zone:
            seconds = line[begin : begin + 6]
            digits = seconds[:2] + seconds[3:]
            if seconds[2:3] == "." and seconds < "60" and digits.isdecimal():
                self._stamp_text, self._local = line[:mark], (self._minute_ms + int(digits)) / 1000
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
        zone = found[7] or ""
        ahead = _seconds_ahead(zone)
        self._time = self._stated if zone else self._bare
        plain = found[6] < "60" and len(found[6]) == 6 and line.startswith("  ", mark := found.end() - 2)
        self._stamp_text, self._local = line[:mark] if plain else "", round(self._day - ahead + face, 6)
        self._minute_text, self._zone = line[: found.start(6)] if plain else "", zone
        self._minute_ms = round(1000 * (self._day - ahead + face // 60.0 * 60.0))
        return self._local, line[found.end() :]

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return f"{self._stamp_text}  ", self._said if self._stamp_text else None

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

    def _owned(self, pet: str, guid: str, source: Unit) -> None:
        """The advanced block names the owner (`guid`) of the unit it is about (`pet`), which may be the source."""
        if not guid.startswith(("Player-", "0x")):
            return  # nobody's; or, in clients of 2014, the unit's health
        owner = self._names.get(guid)
        if owner is None:
            self._strangers.add(guid)
            return
        if self._owners.get(pet) != owner:
            self._passing()
        self._learn(self._owners, pet, owner)
        if pet == source.guid:
            source.owner = self.me if self.own(owner) else owner

    def _units(self, fields: list[str]) -> tuple[Unit, Unit]:
        end = units_end(fields)
        if len(fields) < end:
            nobody = Unit("", "", False, None, False)
            return nobody, nobody
        if end == 7:
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


def _seconds_ahead(zone: str) -> float:
    """`-4`, `2`, `5.5` or `5:30` hours -> seconds ahead of UTC."""
    hours, colon, minutes = zone.partition(":")
    if not zone:
        return 0.0
    whole = float(hours)
    part = float(minutes) / 60.0 if colon else 0.0
    return 3600.0 * (whole - part if whole < 0 else whole + part)


def _last(table: dict[str, Any]) -> dict[str, Any]:
    """The newest 300 of a table: what a restart needs to know."""
    return {key: table[key] for key in list(table)[-300:]}
