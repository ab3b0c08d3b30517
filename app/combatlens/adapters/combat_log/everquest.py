"""EverQuest: `eqlog_Name_server.txt`, old and new sentences.

The player is always `You`. XP is a percentage of the level or unstated. Pets are known by their announcements
(`Vebn told you, 'Attacking a rat Master.'`), by what they answer (`says, 'My leader is Bob.'`), by their names
(`Bob`s pet`) and by a charm that the player has just cast.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from combatlens.adapters.combat_log import everquest_sentences as said
from combatlens.adapters.combat_log.dialect import LineDialect, LogSetup, Reading, pet_of
from combatlens.adapters.combat_log.everquest_talk import shape_of_talk
from combatlens.adapters.combat_log.times import MONTHS, clock_face, local_day
from combatlens.domain.events import (
    Action,
    Context,
    DamageTaken,
    Death,
    Event,
    Expense,
    Heal,
    Kill,
    Loot,
    SkillUse,
    XpGain,
)  # fmt: skip
from combatlens.domain.skills import ATTACK

CHARM_S = 12.0
MAX_BODY = 400
_OTHERS = (" has been", " have been", " was", " were", " is", " are")


class EverQuestDialect(LineDialect):
    name = "everquest"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._prefix, self._local = "", 0.0
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
        prefix = line[:27]
        if prefix == self._prefix:
            return self._local, line[27:]
        local = _stamp(prefix)
        if local is None:
            return None, line
        self._prefix, self._local = prefix, local
        return local, line[27:]

    def read(self, body: str) -> Reading:
        if len(body) > MAX_BODY:
            return "long line"
        if body.endswith("'"):
            return self._speech(body)
        if " damage" in body or " hit point" in body:
            reading = self._numbers(body)
            if reading != "":
                return reading
        if body.startswith("You "):
            return self._you(body)
        if " tries to " in body:
            found = said.TRIES.match(body)
            if found:
                return self._tries(found)
        if " slain by " in body:
            found = said.SLAIN.match(body)
            if found:
                return self._slain(found["t"], found["a"])
        return self._rest(body)

    def _rest(self, body: str) -> Reading:
        if " resisted " in body:
            found = said.RESISTED.match(body) or said.TARGET_RESISTED.match(body)
            if found:
                target = found.groupdict().get("t")
                return SkillUse(
                    skill=found["s"][:200], success=False, error="resisted", target=target and _name(target)
                )
        if " has been charmed." in body or " worn off" in body:
            return self._charm(body)
        if " looted " in body:
            reading = self._looted(body)
            if reading != "":
                return reading
        if body.endswith(" died."):
            return self._died(body)
        return self._announced(body) or shape_of_talk(body)

    # ------------------------------------------------------------------ damage and healing

    def _numbers(self, body: str) -> Reading:
        if " healed " in body:
            return self._healed(body)
        if body.startswith("You "):
            found = said.MELEE.match(body)
            if found:
                return self._strike(None, found)
        if "non-melee" in body or " by " in body:
            reading = self._passive(body)
            if reading != "":
                return reading
        if " taken " in body or " take" in body:
            return self._tick(body)
        found = said.SPELL.match(body)
        if found and not found["a"].endswith(_OTHERS):
            return self._blow(found["a"], found["t"], found["s"] or (found["k"] or "").strip() or ATTACK, found)
        found = said.OTHER_MELEE.match(body)
        if found:
            return self._strike(found["a"], found)
        found = said.ANY_MELEE.match(body)
        if found:
            return self._strike(None, found)
        found = said.HARMED.match(body)
        if found:
            return self._harmed(found, found["k"])
        found = said.ANY_OTHER_MELEE.match(body)
        return self._strike(found["a"], found) if found else ""

    def _passive(self, body: str) -> Reading:
        """Sentences whose subject is the one that is hurt: damage shields and blows told the other way round."""
        found = said.SHIELD.match(body)
        if found:  # whoever bears the shield did the damage, by no use of his
            return self._blow(found["a"], found["t"], found["s"], found, periodic=True)
        found = said.NON_MELEE.match(body)
        if found:
            return self._harmed(found, "non-melee")
        found = said.STRUCK.match(body)
        if found:
            return self._blow(found["a"], found["t"], found["s"] or (found["k"] or "").strip() or ATTACK, found)
        return ""

    def _strike(self, attacker: str | None, found: re.Match[str]) -> Event:
        return self._blow(attacker or "You", found["t"], said.SKILLS.get(found["v"], ATTACK), found)

    def _blow(self, attacker: str, target: str, skill: str, found: re.Match[str], *, periodic: bool = False) -> Event:
        amount, doer = float(found["d"]), self._doer(attacker)
        note = found.groupdict().get("n") or ""
        critical = "Crit" in note or "Crippling" in note
        if self._critical is not None:
            critical |= self._was_announced(doer or "", amount)
        target = target.strip()
        if self._is_you(target) or (doer is None and target in said.SELVES):
            if doer is None:
                return SkillUse(skill=skill[:200], damage=amount, target=self.me)
            owner = self._owner(doer)
            meta = pet_of(None if owner == self.me else owner)  # what bears the pet's name and bites is not the pet
            return DamageTaken(amount=amount, source=doer, skill=skill[:200], periodic=periodic, meta=meta)
        return SkillUse(
            actor=doer, owner=self._owner(doer), skill=skill[:200], damage=amount, target=_name(target),
            critical=critical, periodic=periodic,
        )  # fmt: skip

    def _harmed(self, found: re.Match[str], kind: str | None) -> Event:
        """Damage that names nobody who did it."""
        victim = self._doer(found["t"])
        return DamageTaken(actor=victim, owner=self._owner(victim), amount=float(found["d"]), skill=kind and kind[:200])

    def _tick(self, body: str) -> Reading:
        found = said.TICK_YOURS.match(body)
        if found:
            return self._blow("You", found["t"], found["s"], found, periodic=True)
        found = said.TICK.match(body)
        if not found:
            found = said.SUFFERED.match(body)
            return self._harmed(found, found["k"]) if found else ""
        if found["s"] and found["a"]:
            return self._blow(found["a"], found["t"], found["s"], found, periodic=True)
        kind, victim = found["s"] or found["a"], self._doer(found["t"])  # `by Rotting Flesh`: a spell, nobody's
        return DamageTaken(
            actor=victim, owner=self._owner(victim), amount=float(found["d"]), skill=kind and kind[:200], periodic=True
        )

    def _announced(self, body: str) -> str:
        """`Ann scores a critical hit! (90)`: the blow itself is the next line. "" for another line."""
        found = said.CRITICAL.match(body) if "! (" in body or "!(" in body or body.endswith("!") else None
        if found is None:
            return ""
        self._passing()
        self._critical = (self._doer(found["a"]) or "", float(found["d"]) if found["d"] else None, self.at)
        return "critical"

    def _was_announced(self, doer: str, amount: float) -> bool:
        assert self._critical is not None
        who, stated, at = self._critical
        if abs(self.at - at) > 1:
            self._critical = None
            return False
        if who != doer or stated not in (None, amount):
            return False
        self._critical = None
        return True

    def _healed(self, body: str) -> Reading:
        found = said.BEEN_HEALED.match(body)
        if found:
            return self._heal(found["a"] or "someone", found["t"], found["d"], found["s"])
        found = said.HEALED.match(body)
        if not found:
            return ""
        healer = said.FLAVOUR.match(found["a"])
        return self._heal(healer["a"] if healer else found["a"], found["t"], found["d"], found["s"])

    def _heal(self, healer: str, target: str, amount: str, spell: str | None) -> Event:
        doer = self._doer(healer)
        if self._is_you(target) or target in said.SELVES:
            name = self.me if self._is_you(target) or doer is None else doer
        else:
            name = _name(target)
        return Heal(actor=doer, owner=self._owner(doer), amount=float(amount), target=name, skill=spell and spell[:200])

    # ------------------------------------------------------------------ misses, kills, gains

    def _tries(self, found: re.Match[str]) -> Reading:
        doer = self._doer(found["a"])
        if self._is_you(found["t"]) or self._owner(doer) is None:
            return "missed by another"
        return self._missed(doer, found)

    def _missed(self, doer: str | None, found: re.Match[str]) -> Event:
        return SkillUse(
            actor=doer, owner=self._owner(doer), skill=said.SKILLS.get(found["v"], ATTACK), success=False,
            error=_reason(found["r"]), target=_name(found["t"]),
        )  # fmt: skip

    def _slain(self, victim: str, killer: str) -> Event:
        doer, dead = self._doer(killer), self._doer(victim)
        if dead is None:
            return Death(cause=doer)
        owner = None if dead.startswith(("a ", "an ")) else self._owner(dead)
        if owner is not None and doer is not None and self._owner(doer) != owner:
            return Death(actor=dead, owner=owner, cause=doer)
        return Kill(actor=doer, owner=self._owner(doer), target=dead)

    def _died(self, body: str) -> Reading:
        found = said.DIED.match(body)
        dead = self._doer(found["t"]) if found else None
        return "message" if dead is None else Death(actor=dead, owner=self._owner(dead))

    def _you(self, body: str) -> Reading:
        if body.startswith("You try to "):
            found = said.TRY.match(body)
            return self._missed(None, found) if found else "attempt"
        if "xperience" in body:
            found = said.XP.match(body)
            if found:
                # An unstated gain is a gain of unknown size: nothing is made up for it.
                share = {"percent": float(found["d"])} if found["d"] else {"percent": 0.0, "meta": {"unstated": True}}
                return XpGain(xp_type=found["p"] and found["p"].strip(), **share)
        if body.startswith("You have "):
            return self._you_have(body)
        if body.startswith("You gain "):
            found = said.RUNE.match(body)
            return Action(name="rune", meta={"absorbs": float(found["d"])}) if found else "gain"
        if body.startswith(("You begin casting", "You begin singing")):
            self._passing()
            self._cast_at = self.at
            return "casting"
        if body.startswith("You hurt yourself"):
            found = said.HURT_SELF.match(body)
            return SkillUse(skill="self", damage=float(found["d"]), target=self.me, periodic=True) if found else ""
        if body.startswith("You died."):
            self._passing()
            if self.at - self._died_at > 2:
                self._died_at = self.at
                return Death()
        if body.startswith(("You receive ", "You give ")):
            return self._trade(body)
        if body.startswith("You looted "):
            return self._looted(body)
        return self._announced(body) or shape_of_talk(body)

    def _you_have(self, body: str) -> Reading:
        found = said.YOU_SLAIN.match(body)
        if found:
            return Kill(target=_name(found["t"]))
        found = said.SLAIN_YOU.match(body)
        if found:
            self._passing()
            self._died_at = self.at
            return Death(cause=_name(found["a"]))
        found = said.ZONE.match(body)
        if found:
            return "area" if found["z"].startswith(said.NO_ZONE) else Context(zone=found["z"][:200])
        found = said.LEVEL.match(body) or said.LEVEL_LOST.match(body)
        if found:
            return Context(level=int(found["l"]))
        found = said.ABILITY.match(body)
        if found:
            return Loot(item="ability point", count=1.0 if found["d"] == "an" else float(found["d"]))
        if body.startswith("You have looted "):
            return self._looted(body)
        return shape_of_talk(body)

    def _trade(self, body: str) -> Reading:
        """Coins from corpses and from selling; coins paid."""
        found = said.COINS.match(body)
        if found:
            value = _platinum(found["m"])
            return Loot(item="coins", count=value, value=value)
        found = said.SOLD.match(body)
        if found:
            return Loot(item=f"sold: {found['s']}"[:200], value=_platinum(found["m"]))
        found = said.PAID.match(body)
        if found:
            return Expense(amount=_platinum(found["m"]), item=found["a"][:200])
        return shape_of_talk(body)

    def _looted(self, body: str) -> Reading:
        found = said.LOOTED.match(body)
        if not found:
            return ""
        who = None if found["a"].startswith("You") else self._doer(found["a"].removesuffix(" has"))
        value = None if found["m"] is None else _platinum(found["m"])
        return Loot(actor=who, item=found["s"][:200], count=float(found["n"] or 1), value=value)

    # ------------------------------------------------------------------ who is who

    def _speech(self, body: str) -> str:
        """What is said is nobody's deed; pets tell by it whose they are."""
        found = said.PET.match(body) if "Master" in body or "My leader is" in body else None
        if found is None:
            return "chat"
        leader = found["l"]
        self._is_pet(_name(found["a"]), "" if leader is None or self.own(leader) else leader[:200])
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
                self._charmed = _name(found["a"])
                self._is_pet(self._charmed, "")
            return "charm"
        found = said.WORN_OFF.match(body)
        if found:
            self._pets.pop(_name(found["t"] or self._charmed), None)
            self._charmed = ""
            self._changed()
        return "spell"

    def _doer(self, name: str) -> str | None:
        name = name.strip()
        if name.endswith(")"):
            found = said.TOLD_OWNER.match(name)
            if found:
                name = found["a"]
                self._is_pet(_name(name), "" if self._is_you(found["o"]) else found["o"])
        return None if self._is_you(name) else _name(name)

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


def _name(name: str) -> str:
    """`A womp rat` at the head of a sentence and `a womp rat` within are one name."""
    name = name.strip()
    if name.startswith(("A ", "An ")):
        name = name[0].lower() + name[1:]
    return name[:200] or "unknown"


def _reason(text: str) -> str:
    words = ("miss", "dodge", "parr", "riposte", "block", "absorb", "INVULNERABLE")
    found = next((word for word in words if word in text), "miss")
    return {"parr": "parry", "INVULNERABLE": "invulnerable"}.get(found, found)


def _platinum(text: str) -> float:
    return round(sum(int(number) * said.PLATINUM[coin] for number, coin in said.COIN.findall(text)), 3)


_FILE = re.compile(r"eqlog_([A-Za-z]+)_")
_SELF_HEAL = re.compile(r"You healed ([A-Z][a-z]+)(?: over time)? for ")
_ACTS = re.compile(rf"([A-Z][a-z]+) (?:{said.THIRD}|tries to|told you|says|begins) ")


def player_of_path(name: str) -> str:
    found = _FILE.search(name)
    return found[1] if found else ""


def find_player(lines: Sequence[str]) -> str:
    """Whom `You` heal most and who never acts under that name: the player."""
    healed: Counter[str] = Counter()
    others: set[str] = set()
    for line in lines:
        body = line[27:]
        found = _SELF_HEAL.match(body)
        if found:
            healed[found[1]] += 1
        else:
            acts = _ACTS.match(body)
            if acts:
                others.add(acts[1])
    return next((name for name, _ in healed.most_common() if name not in others), "")
