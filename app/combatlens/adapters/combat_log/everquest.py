"""EverQuest: `eqlog_Name_server.txt`, old and new sentences.

The player is always `You`. XP is a percentage of the level or unstated. Pets are known by their announcements
(`Vebn told you, 'Attacking a rat Master.'`), by what they answer (`says, 'My leader is Bob.'`), by their names
(`Bob`s pet`) and by a charm that the player has just cast.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from combatlens.adapters.combat_log import everquest_sentences as said
from combatlens.adapters.combat_log.everquest_fights import EverQuestFights
from combatlens.adapters.combat_log.everquest_names import name_of
from combatlens.adapters.combat_log.everquest_talk import shape_of_talk
from combatlens.adapters.combat_log.line_dialect import Reading
from combatlens.domain.events import Action, Context, Death, Expense, Kill, Loot, SkillUse, XpGain

MAX_BODY = 400


class EverQuestDialect(EverQuestFights):
    """Reads what is left of a line: its kind, and what is gained and lost outside of fights."""

    def read(self, body: str) -> Reading:
        if len(body) > MAX_BODY:
            return "long line"
        if body.endswith("'"):
            return self._speech(body)
        if " damage" in body or " hit point" in body or " healed " in body:
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
                    skill=found["s"][:200], success=False, error="resisted", target=target and name_of(target)
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

    # ------------------------------------------------------------------ gains

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
            return Kill(target=name_of(found["t"]))
        found = said.SLAIN_YOU.match(body)
        if found:
            self._passing()
            self._died_at = self.at
            return Death(cause=name_of(found["a"]))
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
