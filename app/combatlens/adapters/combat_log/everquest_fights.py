"""EverQuest: damage, healing, misses and deaths."""

from __future__ import annotations

import re

from combatlens.adapters.combat_log import everquest_sentences as said
from combatlens.adapters.combat_log.everquest_names import EverQuestNames, name_of
from combatlens.adapters.combat_log.line_dialect import Reading, pet_of
from combatlens.domain.events import AnyEvent, DamageTaken, Death, Heal, Kill, SkillUse
from combatlens.domain.skills import ATTACK

_OTHERS = (" has been", " have been", " was", " were", " is", " are")


class EverQuestFights(EverQuestNames):
    """Reads the sentences of a fight."""

    def _numbers(self, body: str) -> Reading:
        if " heal" in body:
            reading = self._healed(body)
            if reading != "":
                return reading
        if body.startswith("You "):
            found = said.MELEE.match(body)
            if found:
                return self._strike(None, found)
        if "non-melee" in body or " by " in body:
            reading = self._passive(body)
            if reading != "":
                return reading
        if " take" in body or " took " in body:
            return self._tick(body)
        found = said.SPELL.match(body)
        if found and not found["a"].endswith(_OTHERS):
            return self._blow(found["a"], found["t"], _spell(found) or ATTACK, found)
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
        found = said.BY_THINGS.match(body)
        if found:
            return self._harmed(found, found["k"])
        found = said.STRUCK.match(body)
        if found:
            return self._blow(found["a"], found["t"], _spell(found) or ATTACK, found)
        return ""

    def _strike(self, attacker: str | None, found: re.Match[str]) -> AnyEvent:
        if attacker and attacker.startswith("Your "):
            thing = attacker[5:]
            if thing not in said.PETS:
                return self._blow("You", found["t"], thing, found)
            attacker = f"{self.me}`s {thing}"
        return self._blow(attacker or "You", found["t"], said.SKILLS.get(found["v"], ATTACK), found)

    def _blow(
        self, attacker: str, target: str, skill: str, found: re.Match[str], *, periodic: bool = False
    ) -> AnyEvent:
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
            actor=doer, owner=self._owner(doer), skill=skill[:200], damage=amount, target=name_of(target),
            critical=critical, periodic=periodic,
        )  # fmt: skip

    def _harmed(self, found: re.Match[str], kind: str | None) -> AnyEvent:
        """Damage that names nobody who did it."""
        victim = self._doer(found["t"])
        return DamageTaken(actor=victim, owner=self._owner(victim), amount=float(found["d"]), skill=kind and kind[:200])

    def _tick(self, body: str) -> Reading:
        body = body.rpartition(".  ")[2]  # some servers tell of the spell in a sentence before
        found = said.TICK_YOURS.match(body)
        if found:
            return self._blow("You", found["t"], found["s"], found, periodic=True)
        found = said.TICK.match(body)
        if not found:
            found = said.SUFFERED.match(body)
            return self._harmed(found, found["k"] or found["s"]) if found else ""
        if found["s"] and found["a"]:
            spell, caster = found["s"], found["a"]
            if not found["e"] or spell.startswith(("a ", "an ")):
                spell, caster = caster, spell  # old servers: `from a wolf by Poison`
            return self._blow(caster, found["t"], spell, found, periodic=True)
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
            return self._heal(found["a"] or "someone", found["t"], found["d"], _spell(found))
        found = said.HEALED.match(body)
        if not found:
            return ""
        healer = said.FLAVOUR.match(found["a"])
        return self._heal(healer["a"] if healer else found["a"], found["t"], found["d"], _spell(found))

    def _heal(self, healer: str, target: str, amount: str, spell: str | None) -> AnyEvent:
        doer = self._doer(healer)
        if self._is_you(target) or target in said.SELVES:
            name = self.me if self._is_you(target) or doer is None else doer
        else:
            name = name_of(target)
        return Heal(actor=doer, owner=self._owner(doer), amount=float(amount), target=name, skill=spell and spell[:200])

    def _tries(self, found: re.Match[str]) -> Reading:
        doer = self._doer(found["a"])
        if self._is_you(found["t"]) or self._owner(doer) is None:
            return "missed by another"
        return self._missed(doer, found)

    def _missed(self, doer: str | None, found: re.Match[str]) -> AnyEvent:
        return SkillUse(
            actor=doer, owner=self._owner(doer), skill=said.SKILLS.get(found["v"], ATTACK), success=False,
            error=_reason(found["r"]), target=name_of(found["t"]),
        )  # fmt: skip

    def _slain(self, victim: str, killer: str) -> AnyEvent:
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


def _spell(found: re.Match[str]) -> str | None:
    """The spell: named, or put behind by servers that do not note there what kind of blow it was; else its kind."""
    parts = found.groupdict()
    note = parts["n"]
    if parts["s"] is None and note and not said.NOTES.search(note):
        return note
    return parts["s"] or (parts.get("k") or "").strip() or None


def _reason(text: str) -> str:
    words = ("miss", "dodge", "parr", "riposte", "block", "absorb", "INVULNERABLE")
    found = next((word for word in words if word in text), "miss")
    return {"parr": "parry", "INVULNERABLE": "invulnerable"}.get(found, found)
