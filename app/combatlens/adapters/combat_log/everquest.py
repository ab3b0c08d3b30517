"""EverQuest: `eqlog_Name_server.txt`, old and new sentences.

The player is always `You`. XP is a percentage of the level or unstated. Pets are known by their announcements
(`Vebn told you, 'Attacking a rat Master.'`), by their names (`Bob`s pet`) and by a charm that the player has just cast.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from combatlens.adapters.combat_log.dialect import ATTACK, LineDialect, LogSetup, Reading, pet_of
from combatlens.adapters.combat_log.everquest_talk import shape_of_talk
from combatlens.adapters.combat_log.times import MONTHS, clock_face, local_day
from combatlens.domain.events import Action, Context, DamageTaken, Death, Event, Heal, Kill, Loot, SkillUse, XpGain

_VERBS = (
    "hit|slash|pierce|crush|punch|claw|bite|sting|gore|maul|slice|smash|rend|burn|slam|strike|smite|cleave|reave|shoot"
    "|kick|bash|backstab|frenzy on|sweep|whip|stab|chop|thrash|gnaw|lash"
)
_THIRD = (
    "hits|slashes|pierces|crushes|punches|claws|bites|stings|gores|mauls|slices|smashes|rends|burns|slams|strikes|smites"
    "|cleaves|reaves|shoots|kicks|bashes|backstabs|frenzies on|sweeps|whips|stabs|chops|thrashes|gnaws|lashes"
)
_SKILLS = {
    "kick": "kick", "kicks": "kick", "bash": "bash", "bashes": "bash", "backstab": "backstab", "backstabs": "backstab",
    "frenzy on": "frenzy", "frenzies on": "frenzy",
}  # fmt: skip
_NOTE = r"(?: \((?P<n>[^)]*)\))?$"
_MELEE = re.compile(rf"You (?P<v>{_VERBS}) (?P<t>.+?) for (?P<d>\d{{1,15}}) points? of damage[.!]{_NOTE}")
_OTHER_MELEE = re.compile(rf"(?P<a>.+?) (?P<v>{_THIRD}) (?P<t>.+?) for (?P<d>\d{{1,15}}) points? of damage[.!]{_NOTE}")
_SPELL = re.compile(
    rf"(?P<a>.+?) hit (?P<t>.+?) for (?P<d>\d{{1,15}}) points? of (?P<k>[\w-]+ )?damage(?: by (?P<s>.+?))?[.!]{_NOTE}"
)
_SHIELD = re.compile(
    r"(?P<t>.+?) (?:is|are) (?:\w+) by (?P<a>.+?)(?:'s)? (?P<s>[\w ]+?) for (?P<d>\d{1,15}) points? of non-melee"
    r" damage[.!]"
)
_NON_MELEE = re.compile(r"(?P<t>.+?) (?:was|were) hit by non-melee for (?P<d>\d{1,15})(?: points? of)? damage[.!]")
_TICK_YOURS = re.compile(rf"(?P<t>.+?) has taken (?P<d>\d{{1,15}}) damage from your (?P<s>.+?)\.{_NOTE}")
_TICK = re.compile(
    r"(?P<t>.+?) (?:has|have) taken (?P<d>\d{1,15})(?: points? of)? damage"
    rf"(?: from (?P<s>.+?))?(?: by (?P<a>.+?))?[.!]{_NOTE}"
)
_HURT_SELF = re.compile(r"You hurt yourself for (?P<d>\d{1,15}) points?")
_TRY = re.compile(rf"You try to (?P<v>{_VERBS}) (?P<t>.+?), but (?P<r>.+?)!{_NOTE}")
_TRIES = re.compile(rf"(?P<a>.+?) tries to (?P<v>{_VERBS}) (?P<t>.+?), but (?P<r>.+?)!{_NOTE}")
_RESISTED = re.compile(r"(?P<t>.+?) resisted your (?P<s>.+?)!")
_HEALED = re.compile(
    r"(?P<a>.+?) healed (?P<t>.+?)(?: over time)? for (?P<d>\d{1,15})(?: \(\d+\))? (?:hit points|points of damage)"
    rf"(?: by (?P<s>.+?))?\.{_NOTE}"
)
_BEEN_HEALED = re.compile(
    r"(?P<t>.+?) (?:has|have) been healed(?: over time)? for (?P<d>\d{1,15}) (?:hit points|points of damage)"
    r"(?: by (?P<s>.+?))?\."
)
_RUNE = re.compile(r"You gain a rune for (?P<d>\d{1,15}) points of absorption")
_SLAIN = re.compile(r"(?P<t>.+?) has been slain by (?P<a>.+?)!")
_YOU_SLAIN = re.compile(r"You have slain (?P<t>.+?)!")
_SLAIN_YOU = re.compile(r"You have been slain by (?P<a>.+?)!")
_XP = re.compile(r"You gain (?P<p>party )?experience(?: \(with a bonus\))?!+(?: \((?P<d>\d{1,12}(?:\.\d{1,12})?)%\))?")
_LEVEL = re.compile(r"You have gained (?:a|\d+) levels?! Welcome to level (?P<l>\d{1,6})!")
_ABILITY = re.compile(r"You have gained (?P<d>an|\d{1,6}) ability point")
_ZONE = re.compile(r"You have entered (?P<z>.+?)\.$")
_LOOTED = re.compile(
    r"(?:--)?(?P<a>You have|You|\S+ has) looted (?:(?P<n>\d{1,9}) |an? |the )?(?P<s>.+?)(?: from (?P<c>.+?)'s corpse)?"
    r"(?: (?:and sold it for (?P<m>.+?)|to create .+?))?(?:\.--|\.|$)"
)
_COINS = re.compile(r"You receive (?P<m>.*?(?:platinum|gold|silver|copper)) (?:from the corpse|as your split)")
_COIN = re.compile(r"(\d{1,9}) (platinum|gold|silver|copper)")
_PET = re.compile(
    r"(?P<a>.+?) (?:told you, '(?:Attacking|I am unable|By your|As you|Following|Sorry,|No longer|Guarding|Waiting|Now)"
    r".*Master\b|says, 'My leader is (?P<l>\w+)\.')"
)
_CHARMED = re.compile(r"(?P<a>.+?) has been charmed\.")
_OWNED = re.compile(r"(?P<o>[A-Z][a-z]+)[`'](?:s|) (?:pet|warder|ward|familiar|doppelganger)$")
_NO_ZONE = ("an area where", "an Arena", "the Drunken Monkey stance")
_PLATINUM = {"platinum": 1.0, "gold": 0.1, "silver": 0.01, "copper": 0.001}
CHARM_S = 12.0
MAX_BODY = 400


class EverQuestDialect(LineDialect):
    name = "everquest"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._prefix, self._local = "", 0.0
        self._pets: dict[str, None] = {}
        self._cast_at = -1e9
        self._died_at = -1e9

    def state(self) -> dict[str, Any]:
        return super().state() | {"pets": list(self._pets), "cast": self._cast_at, "died": self._died_at}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._pets = dict.fromkeys(state.get("pets", ()))
        self._cast_at, self._died_at = float(state.get("cast", -1e9)), float(state.get("died", -1e9))

    def split(self, line: str) -> tuple[float | None, str]:
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
        if " damage" in body or " hit points" in body or " points of damage" in body:
            reading = self._numbers(body)
            if reading != "":
                return reading
        if body.startswith("You "):
            return self._you(body)
        if " tries to " in body:
            found = _TRIES.match(body)
            if found:
                return self._tries(found)
        if " has been slain by " in body:
            found = _SLAIN.match(body)
            if found:
                return self._slain(found["t"], found["a"])
        if " resisted your " in body:
            found = _RESISTED.match(body)
            if found:
                return SkillUse(skill=found["s"][:200], success=False, error="resisted", target=_name(found["t"]))
        if " Master" in body or "My leader is" in body or " has been charmed." in body:
            reading = self._pet_speaks(body)
            if reading:
                return reading
        if " looted " in body:
            reading = self._looted(body)
            if reading != "":
                return reading
        return shape_of_talk(body)

    # ------------------------------------------------------------------ damage and healing

    def _numbers(self, body: str) -> Reading:
        if " healed " in body:
            found = _HEALED.match(body)
            if found:
                return self._heal(found["a"], found["t"], found["d"], found["s"])
            found = _BEEN_HEALED.match(body)
            return self._heal("someone", found["t"], found["d"], found["s"]) if found else ""
        if body.startswith("You "):
            found = _MELEE.match(body)
            if found:
                return self._strike(None, found)
        if "non-melee" in body:
            found = _SHIELD.match(body)
            if found:
                return self._shield(found)
            found = _NON_MELEE.match(body)
            if found:
                return DamageTaken(actor=self._doer(found["t"]), amount=float(found["d"]), skill="non-melee")
        if " taken " in body:
            return self._tick(body)
        found = _SPELL.match(body)
        if found:
            return self._blow(found["a"], found["t"], found["s"] or (found["k"] or "").strip() or ATTACK, found)
        found = _OTHER_MELEE.match(body)
        if found:
            return self._strike(found["a"], found)
        return ""

    def _strike(self, attacker: str | None, found: re.Match[str]) -> Event:
        return self._blow(attacker or "You", found["t"], _SKILLS.get(found["v"], ATTACK), found)

    def _blow(self, attacker: str, target: str, skill: str, found: re.Match[str], *, periodic: bool = False) -> Event:
        amount, doer = float(found["d"]), self._doer(attacker)
        if self._is_you(target):
            if doer is None:
                return SkillUse(skill=skill[:200], damage=amount, target=self.me)
            owner = self._owner(doer)
            meta = pet_of(None if owner == self.me else owner)  # what bears the pet's name and bites is not the pet
            return DamageTaken(amount=amount, source=doer, skill=skill[:200], periodic=periodic, meta=meta)
        note = found.groupdict().get("n") or ""
        return SkillUse(
            actor=doer, owner=self._owner(doer), skill=skill[:200], damage=amount, target=_name(target),
            critical="Crit" in note or "Crippling" in note, periodic=periodic,
        )  # fmt: skip

    def _tick(self, body: str) -> Reading:
        found = _TICK_YOURS.match(body)
        if found:
            return self._blow("You", found["t"], found["s"], found, periodic=True)
        found = _TICK.match(body)
        if not found:
            return ""
        if found["s"] and found["a"]:
            return self._blow(found["a"], found["t"], found["s"], found, periodic=True)
        kind = found["s"] or found["a"]  # `by Rotting Flesh`: a spell, nobody's
        return DamageTaken(
            actor=self._doer(found["t"]), amount=float(found["d"]), skill=kind and kind[:200], periodic=True
        )

    def _shield(self, found: re.Match[str]) -> Event:
        """A damage shield: whoever bears it did the damage, by no use of his."""
        return self._blow(found["a"], found["t"], found["s"], found, periodic=True)

    def _heal(self, healer: str, target: str, amount: str, spell: str | None) -> Event:
        doer = self._doer(healer)
        if self._is_you(target) or (target in ("himself", "herself", "itself", "themselves", "yourself")):
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
            actor=doer, owner=self._owner(doer), skill=_SKILLS.get(found["v"], ATTACK), success=False,
            error=_reason(found["r"]), target=_name(found["t"]),
        )  # fmt: skip

    def _slain(self, victim: str, killer: str) -> Event:
        doer, dead = self._doer(killer), _name(victim)
        if dead in self._pets and not dead.startswith(("a ", "an ")) and self._owner(doer) is None and doer is not None:
            return Death(actor=dead, owner=self.me, cause=doer)
        return Kill(actor=doer, owner=self._owner(doer), target=dead)

    def _you(self, body: str) -> Reading:
        if body.startswith("You try to "):
            found = _TRY.match(body)
            return self._missed(None, found) if found else "attempt"
        if body.startswith("You have "):
            return self._you_have(body)
        if body.startswith("You gain "):
            found = _XP.match(body)
            if found:
                # An unstated gain is a gain of unknown size: nothing is made up for it.
                share = {"percent": float(found["d"])} if found["d"] else {"percent": 0.0, "meta": {"unstated": True}}
                return XpGain(xp_type="party" if found["p"] else None, **share)
            found = _RUNE.match(body)
            return Action(name="rune", meta={"absorbs": float(found["d"])}) if found else "gain"
        if body.startswith(("You begin casting", "You begin singing")):
            self._cast_at = self.at
            return "casting"
        if body.startswith("You hurt yourself"):
            found = _HURT_SELF.match(body)
            return SkillUse(skill="self", damage=float(found["d"]), target=self.me, periodic=True) if found else ""
        if body.startswith("You died.") and self.at - self._died_at > 2:
            self._died_at = self.at
            return Death()
        if body.startswith("You receive "):
            found = _COINS.match(body)
            if found:
                value = _platinum(found["m"])
                return Loot(item="coins", count=value, value=value)
        if body.startswith("You looted "):
            return self._looted(body)
        return shape_of_talk(body)

    def _you_have(self, body: str) -> Reading:
        found = _YOU_SLAIN.match(body)
        if found:
            return Kill(target=_name(found["t"]))
        found = _SLAIN_YOU.match(body)
        if found:
            self._died_at = self.at
            return Death(cause=_name(found["a"]))
        found = _ZONE.match(body)
        if found:
            return "area" if found["z"].startswith(_NO_ZONE) else Context(zone=found["z"][:200])
        found = _LEVEL.match(body)
        if found:
            return Context(level=int(found["l"]))
        found = _ABILITY.match(body)
        if found:
            return Loot(item="ability point", count=1.0 if found["d"] == "an" else float(found["d"]))
        if body.startswith("You have looted "):
            return self._looted(body)
        return shape_of_talk(body)

    def _looted(self, body: str) -> Reading:
        found = _LOOTED.match(body)
        if not found:
            return ""
        who = None if found["a"].startswith("You") else self._doer(found["a"].removesuffix(" has"))
        value = None if found["m"] is None else _platinum(found["m"])
        return Loot(actor=who, item=found["s"][:200], count=float(found["n"] or 1), value=value)

    # ------------------------------------------------------------------ who is who

    def _pet_speaks(self, body: str) -> str:
        found = _PET.match(body)
        if found:
            if found["l"] is None or self.own(found["l"]):
                self._pets[_name(found["a"])] = None
            return "pet speaks"
        found = _CHARMED.match(body)
        if found and self.at - self._cast_at <= CHARM_S:
            self._pets[_name(found["a"])] = None
        return "charm" if found else ""

    def _doer(self, name: str) -> str | None:
        return None if self._is_you(name) else _name(name)

    def _is_you(self, name: str) -> bool:
        return name in ("YOU", "You", "you", "YOUR", "your") or name == self.player

    def _owner(self, doer: str | None) -> str | None:
        if doer is None:
            return None
        if doer in self._pets:
            return self.me
        found = _OWNED.match(doer)
        if found is None:
            return None
        return self.me if self.own(found["o"]) else found["o"]


def _stamp(prefix: str) -> float | None:
    """`[Fri Jul 31 17:51:24 2026] ` -> local seconds."""
    if len(prefix) < 26 or prefix[0] != "[" or prefix[25] != "]" or prefix[14] != ":" or prefix[17] != ":":
        return None
    month, digits = MONTHS.get(prefix[5:8]), prefix[9:11].strip() + prefix[12:14] + prefix[15:17] + prefix[18:20]
    if month is None or not (digits + prefix[21:25]).isdecimal():
        return None
    day = local_day(int(prefix[21:25]), month, int(prefix[9:11]))
    face = clock_face(prefix[12:14], prefix[15:17], prefix[18:20])
    return None if day is None or face is None else day + face


def _name(name: str) -> str:
    """`A womp rat` at the head of a sentence and `a womp rat` within are one name."""
    if name.startswith(("A ", "An ")):
        name = name[0].lower() + name[1:]
    return name[:200]


def _reason(text: str) -> str:
    words = ("miss", "dodge", "parr", "riposte", "block", "absorb", "INVULNERABLE")
    found = next((word for word in words if word in text), "miss")
    return {"parr": "parry", "INVULNERABLE": "invulnerable"}.get(found, found)


def _platinum(text: str) -> float:
    return round(sum(int(number) * _PLATINUM[coin] for number, coin in _COIN.findall(text)), 3)


_FILE = re.compile(r"eqlog_([A-Za-z]+)_")
_SELF_HEAL = re.compile(r"You healed ([A-Z][a-z]+)(?: over time)? for ")
_ACTS = re.compile(rf"([A-Z][a-z]+) (?:{_THIRD}|tries to|told you|says|begins) ")


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
