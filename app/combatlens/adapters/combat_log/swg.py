"""Star Wars Galaxies: the chat log of the client, in the styles of several servers and settings.

Terse: `Bob crits a bantha 120 pts`. Verbose: `Bob attacks a bantha with Sweep 3 and hits for 120 points (120 heat).`
The older templates (`Bob uses Sweep on a bantha for 120 points of damage!`) are in `swg_classic`. A line may begin
with its chat window (`[Combat]`), a time, both in either order, or nothing; days come from `Logging In [date]`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from combatlens.adapters.combat_log import swg_classic
from combatlens.adapters.combat_log.dialect import LineDialect, LogSetup, Reading
from combatlens.adapters.combat_log.times import MONTHS, clock_face, local_day
from combatlens.domain.events import DamageTaken, Death, Event, Heal, Kill, Loot, Mark, SkillUse, XpGain
from combatlens.domain.skills import ATTACK

_LOGIN = re.compile(r"Logging In \[\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\]")
_TERSE = re.compile(
    r"(?P<a>[^\"]+?) (?P<v>hits|crits|critically hits|glances|strikes through|punishes|punishing blows)"
    r"(?: \((?P<n>[^)]*)\))? (?P<t>[^\"]+) (?P<d>[\d,]{1,15}) pts\.?$"
)
_DEFENCE = re.compile(r" \((?:\d+% )?(?:evaded|blocked|dodged|parried|countered|glanced)\)$")
"""A note that some clients put behind the target."""
_MISS = re.compile(r"(?P<a>(?:(?! but\b| and\b|,)[^\"])+?) misses(?: (?P<t>[^\"(]+?))?(?: \((?P<n>[^)]*)\))?[.!]?$")
_VERBOSE = re.compile(
    r"(?P<a>[^\"]+?) attacks? (?P<t>[^\"]+?)(?: (?P<w>with|using) (?P<s>.+?))?(?:\.|,)? ?[Aa]nd "
    r"(?P<v>(?:critically )?hits?|crits?|glances?|strikes? through|punish(?:es)?|miss(?:es)?)(?: \((?P<n>[^)]*)\))?"
    r"(?: for (?P<d>[\d,]{1,15}) points?\b.*|[.!]?)$"
)
_CAUSED = re.compile(
    r"(?P<a>[^\"]+?) has caused (?P<t>[^\"]+) to take (?P<d>[\d,]{1,15}) points of (?:(?P<s>[\w ]+?) )?damage\b"
)
_TAKEN = re.compile(r"(?P<t>[^\"]+?) ha(?:s|ve) taken (?P<d>[\d,]{1,15}) points of (?:(?P<s>[\w ]+?) )?damage\b")
_WRACKED = re.compile(
    r"(?P<t>[^\"]+?) (?:is|are) (?:wracked with crippling pain for|rent by agony sharing) (?P<d>[\d,]{1,15}) points of"
)
_SUFFERS = re.compile(
    r"(?P<t>[^\"]+?) suffers (?P<d>[\d,]{1,15}) points of damage from (?P<s>.+?)(?P<p> over time)?\.?$"
)
_DAMAGES = re.compile(
    r"(?P<a>[^\"]+?) damages (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points(?: of damage)?(?: with (?P<s>.+?))?[.!]?$"
)
_HEALS = re.compile(
    r"(?P<a>[^\"]+?) (?:ha(?:s|ve) healed|heals?) (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points(?: of damage)?"
    r"(?: with (?P<s>.+?))?[.!]?$"
)
_USES = re.compile(r"(?P<a>[^\"]+?) uses? (?P<s>[^\"]+?) and heals? (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points\b")
_STIMPACK = re.compile(
    r"(?P<a>You|[^\"]+?) uses? (?P<s>an? .+?) to heal (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points of"
)
_REPAIRED = re.compile(
    r"(?P<a>[^\"]+?) ha(?:s|ve) repaired (?P<t>[^\"]+?) and healed a total of (?P<d>[\d,]{1,15}) points of"
)
_REFRESHED = re.compile(r"You feel refreshed\. +(?P<d>[\d,]{1,15}) points of \w+ damage have been healed\.")
_POOLS = re.compile(
    r"(?P<a>[^\"]+?) heals? (?P<t>[^\"]+?) for (?P<rest>[\d,]{1,15} (?:health|action|mind)\b(?! wound).*)$"
)
_POOL = re.compile(r"([\d,]{1,15}) (?:health|action|mind)")
_PERFORMS = re.compile(r"(?P<a>[^\":]+?) performs (?P<s>.+?)\.?$")
_XP = re.compile(
    r"You (?:earned|earn|receive|received|gain|gained|have earned|have received|have gained) (?:(?P<d>[\d,]{1,15}) )?"
    r"(?:points? of )?(?P<s>[^\d].*?) ?(?:experience|Experience|XP)(?: points?)?\.?(?: \(.*\)?)?[.!]?$"
)
_FLYTEXT_XP = re.compile(r"(?:\+|GROUP XP: )(?P<d>[\d,]{1,15})(?: XP)?\b")
_FACTION = re.compile(
    r"You (?:have been awarded|have received|have earned|receive|have gained|gain)(?: a bonus of)? (?P<d>[\d,]{1,15}) "
    r"(?:points? of )?(?P<s>.+?)(?: \(.*\))?[.!]?$"
)
_COINS = re.compile(r"You (?:successfully )?loot(?:ed)? (?P<d>[\d,]{1,15}) credits(?: from (?P<t>.+?))?\.?$")
_SHARE = re.compile(
    r"\[GROUP\] You (?:receive (?P<d>[\d,]{1,15}) credits|split .+? credits and receive (?P<e>[\d,]{1,15}) credits)"
)
_LOOTED = re.compile(r"(?P<a>[^\"]+?) looted: (?P<s>.+?)\.?$")
_LOOTED_FROM = re.compile(r"You (?:have )?loot(?:ed)? (?:an? |the )?(?P<s>[^\d].*?) from .+$")
_GROUP_LOOT = re.compile(
    r"\[GROUP\] (?P<a>.+?) looted (?:(?P<c>[\d,]{1,15}) credits|(?P<n>[\d,]{1,15}) items|(?P<s>.+?)) from .+$"
)
_NO_MORE = re.compile(r"(?P<t>[^\"]+?) is no more\.$")
_SLAIN_YOU = re.compile(r"You were slain by (?P<a>.+?)\. Requesting clone activation")
_ALERT = re.compile(r"\[.+? Alert\] (?:[^:]+: )?(?P<t>[^:]+) has been slain in combat by (?:[^:]+: )?(?P<a>[^:]+?)\.?$")
_GROUP_DEATH = re.compile(r"\[GROUP\] (?P<t>.+?) has died\.")
_INCAPACITATES = re.compile(r"You (?:incapacitate (?P<t>.+?)|have incapacitated your target)\.$")
_SPOKEN = re.compile(r"(?!GROUP XP)[A-Z][\w'-]{1,30}(?: [A-Z][\w'-]*)?: ")
"""What somebody says is nobody's deed, whatever it is about."""
_INCAPACITATED = re.compile(r"You have been incapacitated by (?P<a>.+?)\.$")
_ARTICLE = re.compile(r"(?:an?|the|An?|The|some|Some|one of|corpse of) ")
_YOU = frozenset(("You", "you", "YOU", "yourself", "Yourself"))
_PERFORM_S = 3.0
MAX_BODY = 400
"""Longer lines are chat: no sentence of the game comes near, and patterns stay quick on any input."""


class SwgDialect(LineDialect):
    name = "swg"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._clock_text, self._local = "", 0.0
        self._prefix, self._prefix_chat = "", False
        """What stood before the last line's text, time and window; the next line's is mostly the same."""
        self._lead, self._gap = "", ""
        """The same before and behind the time."""
        self._framed = False
        self._naked = False
        self._performed: dict[tuple[str, str], float] = {}
        self._chat = False
        self._chatted: dict[str, Reading] = {}
        """What bodies say in a window of chat."""

    def _forget(self) -> None:
        super()._forget()
        self._chatted.clear()

    def state(self) -> dict[str, Any]:
        performed = [[*key, at] for key, at in self._performed.items()]
        return super().state() | {"day": self._days.state(), "framed": self._framed, "performed": performed}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._days.restore(state.get("day"))
        self._clock_text = self._prefix = ""
        self._framed = bool(state.get("framed", False))
        self._performed = {(who, what): at for who, what, at in state.get("performed", ())}

    def split(self, line: str) -> tuple[float | None, str]:
        if self._prefix and (line.startswith(self._prefix) or self._goes_on(line)):
            rest = line[len(self._prefix) :]
            if rest and rest[0] != "[" and not rest[0].isspace():
                self._chat, self._naked = self._prefix_chat, False
                self._recalled = None if self._performed else self._chatted if self._chat else self._said
                return self._local, rest
        self._recalled = None
        rest, framed = line, False
        self._chat = False
        if rest.startswith("["):
            end = rest.find("]")
            if 1 < end < 32 and rest[1].isalpha() and not rest.startswith("[GROUP]"):
                self._chat = not rest.startswith("[Combat")
                rest, framed = rest[end + 1 :].lstrip(), True
        local = None
        if rest[2:3] == ":" and rest[5:6] == ":":
            local = self._local if rest[:8] == self._clock_text else self._face(rest[:8])
            if local is not None:
                begin = len(line) - len(rest)
                rest, framed = rest[8:].lstrip(), True
                if rest.startswith(("[Combat", "[Chat")) and "]" in rest[:32]:
                    self._chat = not rest.startswith("[Combat")
                    rest = rest[rest.index("]") + 1 :].lstrip()
                self._prefix, self._prefix_chat = line[: len(line) - len(rest)], self._chat
                self._lead, self._gap = self._prefix[:begin], self._prefix[begin + 8 :]
        elif rest.startswith("Logging In ["):
            self._login(rest)
            return None, rest
        self._naked = not framed
        self._framed = self._framed or framed
        if framed and not self._performed:
            self._recalled = self._chatted if self._chat else self._said
        return local, rest

    def _goes_on(self, line: str) -> bool:
        """Whether a line begins as the one before, but for its time."""
        begin = len(self._lead)
        text = line[begin : begin + 8]
        if not (
            line.startswith(self._gap, begin + 8) and line.startswith(self._lead)
            and text[2:3] == text[5:6] == ":" and self._gap and line[len(self._prefix) : len(self._prefix) + 1] > " "
            and line[len(self._prefix)] != "[" and self._face(text) is not None
        ):  # fmt: skip
            return False
        self._prefix = line[: len(self._prefix)]
        return True

    def stands_alone(self, line: str) -> bool:
        return _LOGIN.match(line) is not None or super().stands_alone(line)

    def _face(self, text: str) -> float | None:
        if not (text[:2] + text[3:5] + text[6:]).isdecimal():
            return None
        face = clock_face(text[:2], text[3:5], text[6:])
        if face is None:
            return None
        self._clock_text, self._local = text, self._days.local(face)
        return self._local

    def _advance(self, local: float) -> None:
        super()._advance(local)
        if self._performed:
            self._performed = {key: at for key, at in self._performed.items() if abs(self.at - at) <= _PERFORM_S}

    def _login(self, text: str) -> None:
        found = _LOGIN.match(text)
        month = MONTHS.get(found[1]) if found else None
        if found is None or month is None:
            return
        day, face = local_day(int(found[6]), month, int(found[2])), clock_face(found[3], found[4], found[5])
        if day is not None and face is not None:
            self._days.anchor(day + face)
            self._clock_text = self._prefix = ""
            self._advance(day + face)

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
        if ": " in body and _SPOKEN.match(body):
            return "chat"
        if body.endswith((" pts", " pts.")):
            found = _TERSE.match(body)
            if found:
                target = found["t"] if found["t"][-1] != ")" else _DEFENCE.sub("", found["t"])
                return self._hit(found["a"], target, ATTACK, found["d"], found["v"])
        if " points" in body or " point of damage" in body:
            return self._points(body)
        if " misses" in body or (" and miss" in body and body.startswith("You attack ")):
            found = _VERBOSE.match(body)
            if found and found["v"].startswith("miss"):
                return self._miss(found["a"], found["t"], _skill(found), found["n"])
            found = _MISS.match(body)
            if found and (found["t"] is None or "'s " not in found["a"]):
                return self._miss(found["a"], found["t"], ATTACK, found["n"])
        if body.startswith("You "):
            return self._you(body)
        return self._other(body)

    def _points(self, body: str) -> Reading:
        if " attacks " in body or body.startswith("You attack "):
            found = _VERBOSE.match(body)
            if found and found["d"]:
                return self._hit(found["a"], found["t"], _skill(found), found["d"], found["v"])
        if " has caused " in body:
            found = _CAUSED.match(body)
            if found:
                return self._tick(found["a"], found["t"], found["s"] or "damage over time", found["d"])
        if " taken " in body and not body.startswith("You have triggered"):
            found = _TAKEN.match(body)
            if found:
                return self._taken(found["t"], found["d"], None, found["s"])
        if " heal" in body or " repaired " in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        for pattern in (_WRACKED, _SUFFERS):
            found = pattern.match(body)
            if found:
                skill = "pain" if pattern is _WRACKED else found["s"]
                return self._taken(found["t"], found["d"], None, skill)
        found = _DAMAGES.match(body)
        if found:
            return self._hit(found["a"], found["t"], found["s"] or ATTACK, found["d"], "")
        if body.startswith("You "):
            reading = self._you(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _you(self, body: str) -> Reading:
        if "loot" in body:
            found = _COINS.match(body)
            if found:
                amount = _number(found["d"])
                return Loot(item="credits", count=amount, value=amount)
            found = _LOOTED.match(body) or _LOOTED_FROM.match(body)
            if found:
                return Loot(item=found["s"][:200])
        if "xperience" in body or body.endswith((" XP.", " XP")):
            found = _XP.match(body)
            if found and found["d"]:
                return XpGain(amount=_number(found["d"]), xp_type=found["s"][:200])
            return "experience without an amount" if found else "experience"
        if "faction standing" in body or "Galactic Civil War" in body or " GCW" in body:
            found = _FACTION.match(body)
            if not found:
                return "faction standing"
            return XpGain(amount=_number(found["d"]), xp_type=_faction(found["s"]), meta={"not_xp": True})
        found = _SLAIN_YOU.match(body)
        if found:
            return Death(cause=_name(found["a"]))
        if body.startswith("You have died."):
            return Death()
        found = _INCAPACITATED.match(body)
        if found or body.startswith("You have become incapacitated"):
            return Mark(label=f"incapacitated by {found['a']}"[:200] if found else "incapacitated")
        found = _INCAPACITATES.match(body)
        if found:
            return Mark(label=f"incapacitated: {_name(found['t']) if found['t'] else 'the target'}"[:200])
        if " heal" in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _other(self, body: str) -> Reading:
        if " performs " in body:
            found = _PERFORMS.match(body)
            if found:
                return self._performs(found["a"], found["s"])
        if body.endswith(" is no more."):
            return Kill(target=None if body == "Your target is no more." else _name(body[:-12]))
        if body.startswith("["):
            return self._bracketed(body)
        if " looted: " in body:
            found = _LOOTED.match(body)
            if found:
                return Loot(actor=self._doer(found["a"]), item=found["s"][:200])
        if body.startswith(("+", "GROUP XP: ")):
            found = _FLYTEXT_XP.match(body)
            if found and ("XP" in body):
                return XpGain(amount=_number(found["d"]))
        if " heal" in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        return self._classic(body)

    def _bracketed(self, body: str) -> Reading:
        found = _ALERT.match(body)
        if found:
            if self.own(found["t"]):
                return Death(cause=_name(found["a"]))
            return Kill(actor=self._doer(found["a"]), target=_name(found["t"]))
        found = _SHARE.match(body)
        if found:
            amount = _number(found["d"] or found["e"])
            return Loot(item="credits", count=amount, value=amount)
        found = _GROUP_LOOT.match(body)
        if found:
            coins = _number(found["c"]) if found["c"] else None
            item = "credits" if found["c"] else "items" if found["n"] else found["s"][:200]
            return Loot(
                actor=self._doer(found["a"]), item=item, count=_number(found["c"] or found["n"] or "1"), value=coins
            )
        found = _GROUP_DEATH.match(body)
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
        for pattern in (_USES, _HEALS, _STIMPACK, _REPAIRED):
            found = pattern.match(body)
            if found:
                skill = None if pattern is _REPAIRED else found["s"]
                return self._heal(found["a"], found["t"], _number(found["d"]), skill)
        found = _REFRESHED.match(body)
        if found:
            return self._heal("You", "you", _number(found["d"]), None)
        found = _POOLS.match(body)
        if found:
            return self._heal(found["a"], found["t"], sum(_number(n) for n in _POOL.findall(found["rest"])), None)
        return ""

    def _heal(self, healer: str, target: str, amount: float, skill: str | None) -> Event:
        name = self.me if target in _YOU or self.own(target) else _name(target)
        return Heal(actor=self._doer(healer), amount=amount, target=name, skill=skill and skill[:200])

    def _performs(self, who: str, skill: str) -> Event:
        self._passing()
        self._performed = {key: at for key, at in self._performed.items() if abs(self.at - at) <= _PERFORM_S}
        self._performed[(who, skill)] = self.at
        return SkillUse(actor=self._doer(who), skill=skill[:200])

    def _hit(self, attacker: str, target: str, skill: str, damage: str, verb: str) -> Event:
        amount = _number(damage)
        if self.own(target) or target in _YOU:
            if self.own(attacker):
                return SkillUse(skill=skill[:200], damage=amount, target=self.me)
            return DamageTaken(amount=amount, source=_name(attacker), skill=skill[:200])
        begun = self._performed.pop((attacker, skill), None) if self._performed else None
        return SkillUse(
            actor=self._doer(attacker), skill=skill[:200], damage=amount, target=_name(target),
            critical="crit" in verb, periodic=begun is not None and abs(self.at - begun) <= _PERFORM_S,
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

    def _tick(self, attacker: str, target: str, kind: str, damage: str) -> Event:
        if self.own(target) and not self.own(attacker):
            return DamageTaken(amount=_number(damage), source=_name(attacker), skill=kind, periodic=True)
        return SkillUse(
            actor=self._doer(attacker), skill=kind, damage=_number(damage), target=_name(target), periodic=True
        )

    def _taken(self, victim: str, damage: str, source: str | None, kind: str | None) -> Event:
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
            found = _TERSE.match(body)
        elif " attacks " in body:
            found = _VERBOSE.match(body)
        elif " has caused " in body:
            found = _CAUSED.match(body)
        elif " performs " in body:
            found = _PERFORMS.match(body)
        else:
            continue
        if found:
            names.update(name for name in (found["a"], found.groupdict().get("t")) if name and not _ARTICLE.match(name))
    common = names.most_common(1)
    return common[0][0] if common else ""
