"""Star Wars Galaxies: the chat log of the client, in the styles of several servers and settings.

Terse: `Bob crits a bantha 120 pts`. Verbose: `Bob attacks a bantha with Sweep 3 and hits for 120 points (120 heat).`
Older templates (`Bob uses Sweep on a bantha for 120 points of damage!`): `swg_classic`. Windows and times: `swg_lines`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from combatlens.adapters.combat_log import swg_classic
from combatlens.adapters.combat_log import swg_sentences as said
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import Reading
from combatlens.adapters.combat_log.swg_lines import PERFORM_S, SwgLines
from combatlens.domain.events import AnyEvent, DamageTaken, Death, Heal, Kill, Loot, Mark, SkillUse, XpGain
from combatlens.domain.skills import ATTACK

_YOU = frozenset(("You", "you", "YOU", "yourself", "Yourself"))
MAX_BODY = 400
"""Longer lines are chat: no sentence of the game comes near, and patterns stay quick on any input."""


class SwgDialect(SwgLines):
    """Reads what `SwgLines` leaves of a line."""

    def read(self, body: str) -> Reading:
        if body.startswith("Logging In ["):
            return "log-in"
        if not body:
            return "empty line"
        if self._naked and self._framed:
            return "continued chat"
        if len(body) > MAX_BODY:
            return "long line"
        if body[0].isdecimal():
            found = swg_classic.read(body)  # no blow is told in a sentence that begins with a number
            return found if isinstance(found, str) else ""
        reading = self._sentence(body)
        return "chat" if reading == "" and self._chat else reading

    def _sentence(self, body: str) -> Reading:
        if ": " in body and said.SPOKEN.match(body):
            return "chat"
        if body.endswith((" pts", " pts.")):
            found = said.TERSE.match(body)
            if found:
                attacker, verb, _, target, damage = found.groups()
                target = said.DEFENCE.sub("", target) if target[-1] == ")" else target
                return self._hit(attacker, target, ATTACK, damage, verb)
        if " points" in body or " point of damage" in body:
            return self._points(body)
        if " misses" in body or (" and miss" in body and body.startswith("You attack ")):
            found = said.VERBOSE.match(body)
            if found and found["v"].startswith("miss"):
                return self._miss(found["a"], found["t"], _skill(found), found["n"])
            found = said.MISS.match(body)
            if found and (found["t"] is None or "'s " not in found["a"]):
                return self._miss(found["a"], found["t"], ATTACK, found["n"])
        if body.startswith("You "):
            return self._you(body)
        return self._other(body)

    def _points(self, body: str) -> Reading:
        if " attacks " in body or body.startswith("You attack "):
            found = said.VERBOSE.match(body)
            if found and found["d"]:
                return self._hit(found["a"], found["t"], _skill(found), found["d"], found["v"])
        if " has caused " in body:
            found = said.CAUSED.match(body)
            if found:
                return self._tick(found["a"], found["t"], found["s"] or "damage over time", found["d"])
        if " taken " in body and not body.startswith("You have triggered"):
            found = said.TAKEN.match(body)
            if found:
                return self._taken(found["t"], found["d"], None, found["s"])
        if " heal" in body or " repaired " in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        for pattern in (said.WRACKED, said.SUFFERS):
            found = pattern.match(body)
            if found:
                skill = "pain" if pattern is said.WRACKED else found["s"]
                return self._taken(found["t"], found["d"], None, skill)
        found = said.DAMAGES.match(body)
        if found:
            return self._hit(found["a"], found["t"], found["s"] or ATTACK, found["d"], "")
        if body.startswith("You "):
            reading = self._you(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _you(self, body: str) -> Reading:
        if "loot" in body:
            found = said.COINS.match(body)
            if found:
                amount = _number(found["d"])
                return Loot(item="credits", count=amount, value=amount)
            found = said.LOOTED.match(body) or said.LOOTED_FROM.match(body)
            if found:
                return Loot(item=found["s"][:200])
        if "xperience" in body or body.endswith((" XP.", " XP")):
            found = said.XP.match(body)
            if found and found["d"]:
                return XpGain(amount=_number(found["d"]), xp_type=found["s"][:200])
            return "experience without an amount" if found else "experience"
        if "faction standing" in body or "Galactic Civil War" in body or " GCW" in body:
            found = said.FACTION.match(body)
            if not found:
                return "faction standing"
            return XpGain(amount=_number(found["d"]), xp_type=_faction(found["s"]), meta={"not_xp": True})
        found = said.SLAIN_YOU.match(body)
        if found:
            return Death(cause=_name(found["a"]))
        if body.startswith("You have died."):
            return Death()
        found = said.INCAPACITATED.match(body)
        if found or body.startswith("You have become incapacitated"):
            return Mark(label=f"incapacitated by {found['a']}"[:200] if found else "incapacitated")
        found = said.INCAPACITATES.match(body)
        if found:
            return Mark(label=f"incapacitated: {_name(found['t']) if found['t'] else 'the target'}"[:200])
        if " heal" in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _other(self, body: str) -> Reading:
        if " performs " in body:
            found = said.PERFORMS.match(body)
            if found:
                return self._performs(found["a"], found["s"])
        if body.endswith(" is no more."):
            return Kill(target=None if body == "Your target is no more." else _name(body[:-12]))
        if body.startswith("["):
            return self._bracketed(body)
        if " looted: " in body:
            found = said.LOOTED.match(body)
            if found:
                return Loot(actor=self._doer(found["a"]), item=found["s"][:200])
        if body.startswith(("+", "GROUP XP: ")):
            found = said.FLYTEXT_XP.match(body)
            if found and ("XP" in body):
                return XpGain(amount=_number(found["d"]))
        if " heal" in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _bracketed(self, body: str) -> Reading:
        found = said.ALERT.match(body)
        if found:
            if self.own(found["t"]):
                return Death(cause=_name(found["a"]))
            return Kill(actor=self._doer(found["a"]), target=_name(found["t"]))
        found = said.SHARE.match(body)
        if found:
            amount = _number(found["d"] or found["e"])
            return Loot(item="credits", count=amount, value=amount)
        found = said.GROUP_LOOT.match(body)
        if found:
            coins = _number(found["c"]) if found["c"] else None
            item = "credits" if found["c"] else "items" if found["n"] else found["s"][:200]
            return Loot(
                actor=self._doer(found["a"]), item=item, count=_number(found["c"] or found["n"] or "1"), value=coins
            )
        found = said.GROUP_DEATH.match(body)
        if found:
            return Death(actor=self._doer(found["t"]))
        return "announcement"

    def _classic(self, body: str) -> Reading:
        found = swg_classic.read(body)
        if isinstance(found, str):
            return found
        if found.target is None:
            return self._taken(found.attacker, found.damage, None, found.skill)
        if found.missed:
            return self._miss(found.attacker, found.target, found.skill, found.reason)
        return self._hit(found.attacker, found.target, found.skill, found.damage, found.reason or "")

    def _healed(self, body: str) -> Reading:
        for pattern in (said.USES, said.STIMPACK, said.HEALS, said.REPAIRED):
            found = pattern.match(body)
            if found:
                skill = None if pattern is said.REPAIRED else found["s"]
                return self._heal(found["a"], found["t"], _number(found["d"]), skill)
        found = said.REFRESHED.match(body)
        if found:
            return self._heal("You", "you", _number(found["d"]), None)
        found = said.POOLS.match(body)
        if found:
            return self._heal(found["a"], found["t"], sum(_number(n) for n in said.POOL.findall(found["rest"])), None)
        return ""

    def _heal(self, healer: str, target: str, amount: float, skill: str | None) -> AnyEvent:
        name = self.me if target in _YOU or self.own(target) else _name(target)
        return Heal(actor=self._doer(healer), amount=amount, target=name, skill=skill and skill[:200])

    def _performs(self, who: str, skill: str) -> AnyEvent:
        self._passing()
        if skill == ATTACK:  # its blows are uses of their own, as those of automatic attacks
            return SkillUse(actor=self._doer(who), skill=skill)
        self._performed = {key: at for key, at in self._performed.items() if abs(self.at - at) <= PERFORM_S}
        self._performed[(who, skill)] = self.at
        return SkillUse(actor=self._doer(who), skill=skill[:200])

    def _hit(self, attacker: str, target: str, skill: str, damage: str, verb: str) -> AnyEvent:
        amount = _number(damage)
        if self.own(target) or target in _YOU:
            if self.own(attacker):
                return SkillUse(skill=skill[:200], damage=amount, target=self.me)
            return DamageTaken(amount=amount, source=_name(attacker), skill=skill[:200])
        begun = None
        if skill != ATTACK and (self._performed or self._recalled is self._tables[self._chat][True]):
            self._passing()
            begun = self._performed.pop((attacker, skill), None)
        return SkillUse(
            actor=self._doer(attacker), skill=skill[:200], damage=amount, target=_name(target),
            critical="crit" in verb, periodic=begun is not None and abs(self.at - begun) <= PERFORM_S,
        )  # fmt: skip

    def _miss(self, attacker: str, target: str | None, skill: str, reason: str | None) -> Reading:
        if target is not None and (self.own(target) or target in _YOU):
            return "missed by another"
        doer = self._doer(attacker)
        if target is None and doer is not None:
            return "missed by another"
        return SkillUse(
            actor=doer, skill=skill[:200], success=False, error=reason or "miss", target=target and _name(target)
        )

    def _tick(self, attacker: str, target: str, kind: str, damage: str) -> AnyEvent:
        if self.own(target) and not self.own(attacker):
            return DamageTaken(amount=_number(damage), source=_name(attacker), skill=kind, periodic=True)
        return SkillUse(
            actor=self._doer(attacker), skill=kind, damage=_number(damage), target=_name(target), periodic=True
        )

    def _taken(self, victim: str, damage: str, source: str | None, kind: str | None) -> AnyEvent:
        return DamageTaken(
            actor=self._doer(victim), amount=_number(damage), source=source, skill=kind and kind[:200], periodic=True
        )

    def _doer(self, name: str) -> str | None:
        if name in _YOU or name == self.player:
            return None
        return _name(name)


def _name(name: str) -> str:
    """`A womp rat` at the head of a sentence and `a womp rat` within are one name."""
    if name.startswith(("A ", "An ")):
        name = name[0].lower() + name[1:]
    return name[:200]


def _number(text: str) -> float:
    return float(text.replace(",", "") or 0)


def _skill(found: re.Match[str]) -> str:
    """`with Sweep 3` names a skill; `using Power Hammer` names the weapon of an automatic attack."""
    return found["s"] if found["w"] == "with" else ATTACK


def _faction(text: str) -> str:
    return "GCW" if "Galactic Civil War" in text or "GCW" in text else text[:200]


def find_player(lines: Iterable[str]) -> str:
    """The character of a log: the name that stands in most combat lines and bears no article; "" if none."""
    names: Counter[str] = Counter()
    dialect = SwgDialect(LogSetup())
    for line in lines:
        _, body = dialect.split(line)
        if body.endswith((" pts", " pts.")):
            found = said.TERSE.match(body)
        elif " attacks " in body:
            found = said.VERBOSE.match(body)
        elif " has caused " in body:
            found = said.CAUSED.match(body)
        elif " performs " in body:
            found = said.PERFORMS.match(body)
        else:
            continue
        if found:
            names.update(
                name for name in (found["a"], found.groupdict().get("t")) if name and not said.ARTICLE.match(name)
            )
    common = names.most_common(1)
    return common[0][0] if common else ""
