"""EverQuest: where a line bears its time, and who is who: the player, pets and their owners, what was charmed."""

from __future__ import annotations

from typing import Any

from combatlens.adapters.combat_log import everquest_sentences as said
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Said
from combatlens.adapters.combat_log.times import MONTHS, clock_face, local_day, plain_face

CHARM_S = 12.0
_WIDTH = 27
"""Characters of `[Mon Jan 01 12:00:00 2020] `."""


class EverQuestNames(LineDialect):
    """Takes lines apart and remembers whose pets are whose. Subclasses read what is left of a line."""

    name = "everquest"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._prefix, self._local = "", 0.0
        self._date, self._year, self._day = "", "", 0.0
        """What stands before and behind the clock face in the last line's time, and that day in local seconds."""
        self._pets: dict[str, str] = {}
        self._charmed = ""
        self._critical: tuple[str, float | None, float] | None = None
        self._cast_at = -1e9
        self._died_at = -1e9

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "pets": dict(self._pets), "charmed": self._charmed, "cast": self._cast_at, "died": self._died_at,
            "critical": self._critical,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        pets = state.get("pets", {})
        self._pets = dict(pets) if isinstance(pets, dict) else dict.fromkeys(pets, "")
        self._charmed = str(state.get("charmed", ""))
        self._cast_at, self._died_at = float(state.get("cast", -1e9)), float(state.get("died", -1e9))
        announced = state.get("critical")
        self._critical = None if announced is None else (announced[0], announced[1], announced[2])

    def split(self, line: str) -> tuple[float | None, str]:
        self._recalled = self._said if self._critical is None else None
        prefix = line[:_WIDTH]
        if prefix == self._prefix:
            return self._local, line[_WIDTH:]
        face = plain_face(prefix[12:20])
        if face is not None and prefix[:12] == self._date and prefix[20:26] == self._year:
            self._prefix, self._local = prefix, self._day + face
            return self._local, line[_WIDTH:]
        local = _stamp(prefix)
        if local is None:
            return None, line
        if face is not None:
            self._date, self._year, self._day = prefix[:12], prefix[20:26], local - face
        self._prefix, self._local = prefix, local
        return local, line[_WIDTH:]

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return self._prefix, self._said if self._critical is None and len(self._prefix) == _WIDTH else None

    def _speech(self, body: str) -> str:
        """What is said is nobody's deed; pets tell by it whose they are."""
        found = said.PET.match(body) if "Master" in body or "My leader is" in body else None
        if found is None:
            return "chat"
        leader = found["l"]
        self._is_pet(name_of(found["a"]), "" if leader is None or self.own(leader) else leader[:200])
        return "pet speaks"

    def _is_pet(self, name: str, owner: str) -> None:
        """Remember whose pet it is, "" for the player's."""
        self._passing()
        if self._pets.get(name) != owner:
            self._pets[name] = owner
            self._changed()

    def _charm(self, body: str) -> str:
        self._passing()
        found = said.CHARMED.match(body)
        if found:
            if self.at - self._cast_at <= CHARM_S:
                self._charmed = name_of(found["a"])
                self._is_pet(self._charmed, "")
            return "charm"
        found = said.WORN_OFF.match(body)
        if found:
            self._pets.pop(name_of(found["t"] or self._charmed), None)
            self._charmed = ""
            self._changed()
        return "spell"

    def _doer(self, name: str) -> str | None:
        name = name.strip()
        if name.endswith(")"):
            found = said.TOLD_OWNER.match(name)
            if found:
                name = found["a"]
                self._is_pet(name_of(name), "" if self._is_you(found["o"]) else found["o"])
        return None if self._is_you(name) else name_of(name)

    def _is_you(self, name: str) -> bool:
        return name in ("YOU", "You", "you", "YOUR", "your") or name == self.player

    def _owner(self, doer: str | None) -> str | None:
        if doer is None:
            return None
        leader = self._pets.get(doer)
        if leader is not None:
            return leader or self.me
        found = said.OWNED.match(doer)
        if found is None:
            return None
        return self.me if self.own(found["o"]) else found["o"]


def _stamp(prefix: str) -> float | None:
    """`[Fri Jul 31 17:51:24 2026] ` -> local seconds."""
    if len(prefix) < 26 or prefix[0] != "[" or prefix[25] != "]" or prefix[14] != ":" or prefix[17] != ":":
        return None
    month, number = MONTHS.get(prefix[5:8]), prefix[9:11].strip()
    if month is None or not number.isdecimal() or not prefix[21:25].isdecimal():
        return None
    day = local_day(int(prefix[21:25]), month, int(number))
    face = clock_face(prefix[12:14], prefix[15:17], prefix[18:20])
    return None if day is None or face is None else day + face


def name_of(name: str) -> str:
    """`A womp rat` at the head of a sentence and `a womp rat` within are one name."""
    name = name.strip()
    if name.startswith(("A ", "An ")):
        name = name[0].lower() + name[1:]
    return name[:200] or "unknown"
