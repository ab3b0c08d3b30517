"""Star Wars: The Old Republic: combat logs of 2012 (dated), of 2021 (milliseconds) and since 7.0 (positions, health).

Meaning is read from the ids in braces, which are the same in every language of the client. An activation is one use;
its damage lines are further damage of that use (`periodic`). So is what was never activated, by one who activates
skills: bleeding and procs are no uses. Damage is what the log states less what a barrier absorbed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Reading, Said, pet_of
from combatlens.adapters.combat_log.times import clock_face, local_day, plain_seconds
from combatlens.domain.events import Context, DamageTaken, Death, Heal, Kill, SkillUse, XpGain

_STAMP = re.compile(r"\[(?:(\d\d)/(\d\d)/(\d{4}) )?(\d\d):(\d\d):(\d\d(?:\.\d+)?)\] ")
_APPLY, _EVENT = "836045448945477", "836045448945472"
_DAMAGE, _HEAL, _DEATH = "836045448945501", "836045448945500", "836045448945493"
_ACTIVATE, _XP, _FALL, _ENTER = "836045448945479", "836045448945491", "836045448945484", "836045448945489"
_AREA, _DISCIPLINE = "836045448953664", "836045448953665"
_SHIELD = "836045448945509"
_REASONS = {
    "836045448945502": "miss", "836045448945503": "parry", "836045448945505": "dodge", "836045448945506": "immune",
    "836045448945507": "resist", "836045448945508": "deflect", _SHIELD: "shield",
    "836045448945510": "cover",
}  # fmt: skip
_VALUE = re.compile(r"\((\d{1,15})(?:\.\d+)?(\*)?(?: ~(\d{1,15}))?")
_ABSORBED = re.compile(r"\((\d{1,15}) [^(){}]*\{836045448945511\}")
_REASON = re.compile(r" -(?:[^{}()]*\{(\d+)\})?")
"""` -parry {…}` in the client's language, or a bare ` -` where the client gives no reason."""
_PLACE = re.compile(r"\s*\((.+)\)")
_FULL_ID = re.compile(r"\{(\d+)\}: [^{}]*\{(\d+)\}")
_KNOWN_ENTITIES = 20_000

Who = tuple[str, str | None]
"""A name, and the player whose companion it is."""


class SwtorDialect(LineDialect):
    name = "swtor"
    resolution = 0.001

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._recalled = self._said
        self._stamp_text, self._local = "", 0.0
        self._minute_text, self._minute = "", 0.0
        """The last line's time up to its seconds, since midnight."""
        self._day: float | None = None
        """Its day, where it bears one."""
        self._entities: dict[str, Who] = {}
        self._effects: dict[str, tuple[str, str]] = {}
        self._activated: dict[str, None] = {}
        """Who activates skills, as the log tells."""
        self._current = ""
        self._zone = ""

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "days": self._days.state(), "activated": list(self._activated), "current": self._current,
            "zone": self._zone,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._days.restore(state.get("days"))
        self._stamp_text = self._minute_text = ""
        self._activated = dict.fromkeys(key.partition("\n")[0] for key in state.get("activated", ()))
        self._current, self._zone = str(state.get("current", "")), str(state.get("zone", ""))

    def split(self, line: str) -> tuple[float | None, str]:
        end = line.find("] ")
        if end > 0 and line[:end] == self._stamp_text:
            return self._local, line[end + 2 :]
        begin = len(self._minute_text)
        if end > begin > 0 and line.startswith(self._minute_text):
            seconds = plain_seconds(line[begin:end])
            if seconds is not None:
                shown = self._minute + seconds
                self._local = self._days.local(shown) if self._day is None else self._day + shown
                self._stamp_text = line[:end]
                return self._local, line[end + 2 :]
        found = _STAMP.match(line)
        if found is None:
            return None, line
        face = clock_face(found[4], found[5], found[6])
        if face is None:
            return None, line
        if found[3] is None:
            self._day = None
            local = self._days.local(face)
        else:
            self.resolution = 1.0
            day = self._day = local_day(int(found[3]), int(found[1]), int(found[2]))
            if day is None:
                self._stamp_text = self._minute_text = ""
                return None, line[found.end() :]
            local = day + face
        self._stamp_text, self._local = line[:end], local
        self._minute_text = line[: found.start(6)] if plain_seconds(found[6]) is not None else ""
        self._minute = face // 60.0 * 60.0
        return local, line[found.end() :]

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return f"{self._stamp_text}] ", self._said if self._stamp_text else None

    def read(self, body: str) -> Reading:
        parts = body.split("] [", 3)
        if len(parts) != 4 or not body.startswith("["):
            return "empty line" if not body.strip() else ""
        effect, _, tail = parts[3].partition("]")
        kind, what = self._effects.get(effect) or self._effect(effect)
        if kind == _APPLY and what in (_DAMAGE, _HEAL):
            source, target = self._sides(parts)
            skill = _ability(parts[2])
            hurts = what == _DAMAGE
            return self._damage(source, target, skill, tail) if hurts else self._healing(source, target, skill, tail)
        if kind == _EVENT:
            return self._event(what, parts, tail)
        if kind == _AREA:
            self._find_player(parts[0])
            return self._enter(effect.partition(": ")[2].partition(" {")[0]) or "area"
        if kind == _DISCIPLINE:
            self._find_player(parts[0])
        return "effect" if kind else ""

    def _effect(self, text: str) -> tuple[str, str]:
        """The ids of what is done and of what it does, "" where there are none; few texts make up a log."""
        found = _FULL_ID.search(text)
        if len(self._effects) > _KNOWN_ENTITIES:
            self._effects.clear()
        ids = self._effects[text] = (found[1], found[2]) if found else ("", "")
        return ids

    def _event(self, what: str, parts: list[str], tail: str) -> Reading:
        if what == _ACTIVATE:
            source, target = self._sides(parts)
            skill = _ability(parts[2])
            if source[0] not in self._activated and len(self._activated) < 2000:
                self._activated[source[0]] = None
                self._changed()
            aimed = None if target == source or not target[0] else self._shown(target[0])
            return SkillUse(actor=self._doer(source), owner=self._owner(source), skill=skill, target=aimed)
        if what == _DEATH:
            return self._death(*self._sides(parts))
        if what == _FALL:
            fallen, _ = self._sides(parts)
            value = _VALUE.search(tail)
            amount = float(value[1]) if value else 0.0
            return DamageTaken(actor=self._doer(fallen), owner=self._owner(fallen), amount=amount, skill="falling")
        if what == _XP:
            value = _VALUE.search(tail)
            return XpGain(amount=float(value[1])) if value else "experience"
        if what == _ENTER and self._doer(self._entity(parts[0][1:])) is None:
            place = _PLACE.match(tail)
            return (self._enter(place[1]) if place else None) or "event"
        return "event"

    def _enter(self, zone: str) -> Context | None:
        """Where the player is now; None where it was there before."""
        self._passing()
        zone = zone.strip()[:200]
        if not zone or zone == self._zone:
            return None
        self._zone = zone
        return Context(zone=zone)

    def _damage(self, source: Who, target: Who, skill: str, tail: str) -> Reading:
        value = _VALUE.search(tail)
        if value is None:
            return "damage without a number"
        reason = _REASON.search(tail)
        absorbed = _ABSORBED.search(tail)
        if absorbed is not None and reason is not None and reason[1] == _SHIELD and absorbed[1] != value[1]:
            absorbed = None  # a shield generator took it, beside the number; what a barrier takes is part of that
        amount = max(0.0, float(value[1]) - (float(absorbed[1]) if absorbed else 0.0))
        missed = value[1] == "0" and reason is not None
        doer = self._doer(source)
        if self.own(target[0]) and target[1] is None:
            if not source[0]:
                return DamageTaken(amount=amount, skill=skill)
            if doer is None:
                return SkillUse(skill=skill, damage=amount, target=self.me, periodic=True)
            if missed:
                return "missed by another"
            return DamageTaken(amount=amount, source=doer, skill=skill, meta=pet_of(self._owner(source)))
        if not source[0]:
            return DamageTaken(actor=self._shown(target[0]), owner=self._owner(target), amount=amount, skill=skill)
        return SkillUse(
            actor=doer, owner=self._owner(source), skill=skill, damage=amount, target=self._shown(target[0]),
            success=not missed, error=_REASONS.get(reason[1] or "", "miss") if missed and reason else None,
            critical=value[2] is not None, periodic=source[0] in self._activated,
        )  # fmt: skip

    def _healing(self, source: Who, target: Who, skill: str, tail: str) -> Reading:
        value = _VALUE.search(tail)
        if value is None:
            return "healing without a number"
        amount = float(value[3] or value[1])  # what took effect, where the log says so
        name = self._shown(target[0])
        return Heal(actor=self._doer(source), owner=self._owner(source), amount=amount, target=name, skill=skill)

    def _death(self, killer: Who, victim: Who) -> Reading:
        doer = self._doer(killer)
        if self.own(victim[0]) and victim[1] is None:
            return Death(cause=doer if killer[0] else None)
        if victim[1] is not None:
            return Death(actor=self._shown(victim[0]), owner=self._owner(victim), cause=doer)
        if not killer[0]:
            return Death(actor=self._shown(victim[0]))
        return Kill(actor=doer, owner=self._owner(killer), target=self._shown(victim[0]))

    # ------------------------------------------------------------------ who is who

    def _sides(self, parts: list[str]) -> tuple[Who, Who]:
        source = self._entity(parts[0][1:])
        return source, source if parts[1] == "=" else self._entity(parts[1])

    def _entity(self, text: str) -> Who:
        """`@Bob#12/Comp {1}:2|…` -> (name, owner); a player is written without the `@`."""
        key = text.partition("|")[0]
        found = self._entities.get(key)
        if found is None:
            if len(self._entities) > _KNOWN_ENTITIES:
                self._entities.clear()
            found = self._entities[key] = _parse_entity(key)
        return found

    def _find_player(self, text: str) -> None:
        """Who enters an area is the character of this client; after a change of character, the new one."""
        self._passing()
        name, owner = self._entity(text[1:])
        if not name or owner is not None or (self.setup.player and not self.setup.found):
            return
        self.player = self.player or name
        if name != self._current:
            self._current = name
            self._changed()

    def own(self, name: str) -> bool:
        return name == (self._current or self.player)

    @property
    def me(self) -> str:
        return self._current if self._current not in ("", self.player) else super().me

    def _whose(self) -> str:
        return self._current if self._current != self.player else ""

    def _doer(self, who: Who) -> str | None:
        return None if self.own(who[0]) and who[1] is None else who[0][:200] or None

    def _owner(self, who: Who) -> str | None:
        return None if who[1] is None else self._shown(who[1])

    def _shown(self, name: str) -> str:
        return self.me if self.own(name) else name[:200]


def _ability(text: str) -> str:
    return text.partition(" {")[0].strip()[:200] or "attack"


def _parse_entity(key: str) -> Who:
    if key.startswith("@"):
        player, slash, companion = key[1:].partition("/")
        if not slash:
            player, _, companion = player.partition(":")
        player = player.partition("#")[0].strip()
        companion = companion.partition(" {")[0].strip()
        return (companion, player) if companion else (player, None)
    return key.partition(" {")[0].strip(), None


def find_player(lines: Sequence[str]) -> str:
    """Who enters areas (7.0), else the player that stands in most lines: older clients log only what concerns them."""
    names: Counter[str] = Counter()
    for line in lines:
        found = _STAMP.match(line)
        parts = line[found.end() :].split("] [", 2) if found else ()
        if len(parts) < 3:
            continue
        sides = [_parse_entity(text.lstrip("[").partition("|")[0]) for text in parts[:2] if "@" in text]
        if _AREA in line or _DISCIPLINE in line:
            return sides[0][0] if sides else ""
        names.update({name for name, owner in sides if owner is None})
    common = names.most_common(1)
    return common[0][0] if common else ""
