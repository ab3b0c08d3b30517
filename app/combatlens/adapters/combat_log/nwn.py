"""Neverwinter Nights (nwclientLog1.txt): the chat window of the whole party, with the player's own XP.

An attack line is one use (`*hit*`, `*miss*`, `*critical hit*` …); the damage that follows names no attack, comes in its
own order and in several lines, so it is recorded as further damage of that use (`periodic`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Reading, Said
from combatlens.adapters.combat_log.times import DAY, MONTHS, clock_face, local_day, year_of_day
from combatlens.domain.events import AnyEvent, DamageTaken, Death, Expense, Heal, Kill, Loot, SkillUse, XpGain
from combatlens.domain.skills import ATTACK

_STAMP = re.compile(r"(?:\[CHAT WINDOW TEXT\] )?\[(\w{3}) (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: (\d{4}))?\] ?")
_DATE = re.compile(r".*The date is (\d{4})-\d\d-\d\d\b|Messages for: \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d (\d{4})$")
_ATTACK = re.compile(
    r"(?:(?P<f>(?:[A-Z][\w' +-]+ : )+))?(?P<a>.+?) (?:attacks|attempts (?P<s>.+?) on) (?P<t>[^*]+?) ?: "
    r"\*(?P<r>[^*]+)\*(?: ?: \([^*]*\))?(?: : \*(?P<o>[^*]+)\*)?$"
)
_DAMAGE = re.compile(r"(?P<a>.+?) damages (?P<t>.+?): (?P<d>\d{1,15})(?: \((?P<k>.*)\))?$")
_KILLED = re.compile(r"(?P<a>.+?) killed (?P<t>.+)$")
_KILLED_BY = re.compile(r"(?P<t>.+?) (?:was|has been) killed by (?P<a>.+?)\.?$")
_TALK = re.compile(r"(?:\[[^\]]*\] )?[^:]{1,60}: \[(?:Talk|Shout|Whisper|Tell|Party|DM|Server)\]")
_XP = re.compile(r"Experience Points Gained:\s+(?P<d>\d{1,15})")
_HEALED = re.compile(r"(?P<t>.+?) : Healed (?P<d>\d{1,15}) hit points?\.")
_ACQUIRED = re.compile(r"Acquired (?:Item: )?(?:(?P<g>\d[\d,]{0,14}) ?GP|(?:\((?P<n>\d{1,6})\) )?(?P<s>.+))$")
_LOST = re.compile(r"Lost (?P<g>\d[\d,]{0,14}) ?GP$")
_SPOKEN = re.compile(r"[^:*]{1,60}[^ :]: \S")
_CASTS = re.compile(r"(?P<a>.+?) casts (?P<s>.+?)\.?$")
_KIND = re.compile(r"(\d{1,9}) ([A-Z][A-Za-z ]*?)(?= \d|$)")
_SILENT = (
    (" : Damage ", "absorbed"), (" : Immune to ", "immune"), (" Save", "saving throw"),
    ("SPELL RESIST:", "spell resistance"),
    (" : Initiative Roll", "initiative"), (" : Epic Dodge", "dodge"), (" casting ", "casting"), (" uses ", "use"),
    (" : *", "check"), (" rolled ", "roll"), ("Experience", "experience"), (" is immune to ", "immune"),
    (" Healed", "healing"), (" joined as a player", "players"), (" left as a player", "players"),
)  # fmt: skip
_NEWS = re.compile(r"\d+ .*(?:damage|hit points|experience)|(?:damage|hit points|experience).* \d", re.IGNORECASE)
_CASTING_S = 8.0
MAX_BODY = 400


class NwnDialect(LineDialect):
    name = "nwn"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._recalled = self._said
        self._prefix, self._local = "", 0.0
        self._minute_text, self._minute = "", 0.0
        """The last line's time up to its seconds, in local seconds."""
        self._year: int | None = None
        self._last_day = -1.0
        self._casts: dict[str, tuple[str, float]] = {}

    def state(self) -> dict[str, Any]:
        casts = {who: list(cast) for who, cast in self._casts.items()}
        return super().state() | {"year": self._year, "day": self._last_day, "casts": casts}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._year, self._last_day = state.get("year"), float(state.get("day", -1.0))
        self._casts = {who: (what, at) for who, (what, at) in state.get("casts", {}).items()}
        self._prefix = self._minute_text = ""

    def split(self, line: str) -> tuple[float | None, str]:
        if self._prefix and line.startswith(self._prefix):
            return self._local, line[len(self._prefix) :]
        end = len(self._minute_text)
        if end and line.startswith(self._minute_text) and line[end + 2 : end + 4] == "] ":
            second = line[end : end + 2]
            if second < "60" and second.isdecimal() and second.isascii():
                self._prefix, self._local = line[: end + 4], self._minute + int(second)
                return self._local, line[end + 4 :]
        found = _STAMP.match(line)
        if found is None:
            dated = _DATE.match(line)
            if dated:
                self._year, self._minute_text = int(dated[1] or dated[2]), ""
            return None, line
        local = self._local_of(found)
        if local is None:
            return None, line
        self._prefix, self._local = found[0], local
        self._minute_text = line[: found.start(6)] if found[6] < "60" and found[7] is None else ""
        self._minute = local // 60.0 * 60.0
        return local, line[found.end() :]

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return self._prefix, self._said if self._prefix else None

    def _local_of(self, found: re.Match[str]) -> float | None:
        """The log names weekday, month and day; the year comes from the log's head or fits the weekday."""
        month, face = MONTHS.get(found[2]), clock_face(found[4], found[5], found[6])
        if month is None or face is None:
            return None
        year = int(found[7]) if found[7] else self._year
        if year is None:
            year = self._year = _year_of(
                found[1], month, int(found[3]), int(self._time.local(self.setup.reference) // DAY)
            )
        day = local_day(year, month, int(found[3]))
        if day is not None and day < self._last_day - 180 * DAY and not found[7]:
            self._year = year + 1  # the turn of the year
            day = local_day(year + 1, month, int(found[3]))
        if day is None:
            return None
        self._last_day = max(self._last_day, day)
        return day + face

    def read(self, body: str) -> Reading:
        if not body:
            return "empty line"
        if len(body) > MAX_BODY:
            return "long line"
        if ": [" in body and _TALK.match(body):
            return "chat"
        if " damages " in body:
            found = _DAMAGE.match(body)
            if found:
                return self._damage(found)
        if (" attacks " in body or " attempts " in body) and "*" in body:
            found = _ATTACK.match(body)
            if found:
                return self._attack(found)
        if " killed " in body:
            found = _KILLED_BY.match(body) or _KILLED.match(body)
            if found and ": " not in body:
                return self._killed(found["a"], found["t"])
        if " : Healed " in body:
            found = _HEALED.match(body)
            if found:
                # Who healed is not said: the player's own healing is counted as his, others' as their own.
                name = found["t"][:200]
                return Heal(
                    actor=self._doer(name), amount=float(found["d"]), target=self.me if self.own(name) else name
                )
        if body.startswith("Experience Points Gained"):
            found = _XP.match(body)
            if found:
                return XpGain(amount=float(found["d"]))
        if body.startswith("Acquired "):
            found = _ACQUIRED.match(body)
            if found:
                coins = float(found["g"].replace(",", "")) if found["g"] else None
                return Loot(item=(found["s"] or "gold")[:200], count=coins or float(found["n"] or 1), value=coins)
        if body.startswith("Lost "):
            found = _LOST.match(body)
            if found:
                return Expense(amount=float(found["g"].replace(",", "")), item="gold")
        if " casts " in body:
            found = _CASTS.match(body)
            if found:
                return self._cast(found["a"], found["s"])
        known = next((shape for text, shape in _SILENT if text in body), "")
        if known or not _NEWS.search(body):
            return known or "message"
        return "chat" if _SPOKEN.match(body) else ""

    def _attack(self, found: re.Match[str]) -> Reading:
        result, skill = found["o"] or found["r"], (found["s"] or ATTACK)[:200]  # concealed, and hit all the same
        hit = "hit" in result or "success" in result
        if self.own(found["t"]):
            return "attack on the player"
        error = None if hit else _reason(result)
        return SkillUse(
            actor=self._doer(found["a"]), skill=skill, success=hit, error=error, target=found["t"][:200],
            critical="critical" in result,
        )  # fmt: skip

    def _damage(self, found: re.Match[str]) -> AnyEvent:
        attacker, target, amount = found["a"], found["t"], float(found["d"])
        skill = self._skill_of(attacker, found["k"] or "Physical")
        if self.own(target):
            if self.own(attacker):
                return SkillUse(skill=skill, damage=amount, target=self.me, periodic=True)
            return DamageTaken(amount=amount, source=attacker[:200], skill=skill)
        return SkillUse(actor=self._doer(attacker), skill=skill, damage=amount, target=target[:200], periodic=True)

    def _skill_of(self, attacker: str, kinds: str) -> str:
        """Damage with a physical part is an attack's; other damage belongs to the spell just cast, else to its kind."""
        if "Physical" in kinds:
            return ATTACK
        self._passing()
        spell, at = self._casts.get(attacker, ("", 0.0))
        if spell and self.at - at <= _CASTING_S:
            return spell
        parts = [(int(amount), kind) for amount, kind in _KIND.findall(kinds)]
        return max(parts)[1].lower() if parts else ATTACK

    def _killed(self, killer: str, victim: str) -> AnyEvent:
        if self.own(victim):
            return Death(cause=killer[:200])
        return Kill(actor=self._doer(killer), target=victim[:200])

    def _cast(self, who: str, spell: str) -> AnyEvent:
        self._passing()
        self._casts = {name: cast for name, cast in self._casts.items() if self.at - cast[1] <= _CASTING_S}
        self._casts[who] = (spell[:200], self.at)
        return SkillUse(actor=self._doer(who), skill=spell[:200])

    def _doer(self, name: str) -> str | None:
        return None if self.own(name) else name[:200]


def _reason(result: str) -> str:
    for word, reason in (("miss chance", "miss chance"), ("concealed", "concealed"), ("parried", "parry")):
        if word in result:
            return reason
    return result.split(":")[0].strip()[:60]


def _year_of(weekday: str, month: int, day: int, today: int) -> int:
    """The newest year, not after `today` (days since 1970), in which that day falls on that weekday."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    newest = year_of_day(today + 1)
    for year in range(newest, newest - 12, -1):
        start = local_day(year, month, day)
        if start is not None and names[(int(start // DAY) + 3) % 7] == weekday and start // DAY <= today + 1:
            return year
    return newest


_HEALS = re.compile(r"(?P<t>.+?) : Healed \d+ hit point")


def find_player(lines: Sequence[str]) -> str:
    """Whose healing the log tells: a client writes only its own character's. Else whose kills bring the XP, mostly.

    XP is the player's own, but a party shares it: so the killer is taken only where most such kills are one's.
    """
    healed: Counter[str] = Counter()
    killers: Counter[str] = Counter()
    recent: list[tuple[str, str]] = []
    for line in lines:
        found = _STAMP.match(line)
        if not found:
            continue
        body = line[found.end() :]
        heals = _HEALS.match(body)
        if heals:
            healed[heals["t"]] += 1
        elif " killed " in body and ": " not in body:
            kill = _KILLED.match(body)
            recent = [*recent[-3:], (found[0], kill["a"])] if kill else recent
        elif body.startswith("Experience Points Gained"):
            killers.update(who for stamp, who in recent if stamp == found[0])
            recent = []
    common = healed.most_common(1) or killers.most_common(1)
    if not common or (not healed and (common[0][1] < 2 or common[0][1] < 0.6 * killers.total())):
        return ""
    return common[0][0]
