"""Star Trek Online: combatlog.log of `/CombatLog 1`.

A line: time, owner, source (a pet of the owner, or empty), target (`*`: the source itself), power, type, flags and two
magnitudes. A shot is one line of its damage type, whatever got through, beside one line for each shield facing; the
latter are further damage of the same use. Shields and hull both count as damage dealt; negative hit points are healing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Reading, Said, pet_of
from combatlens.adapters.combat_log.times import clock_face, local_day
from combatlens.domain.events import AnyEvent, DamageTaken, Death, Heal, Kill, SkillUse

_ID = r"(?:[A-Z]\[[^\]]*\]|\*|)"
_AWKWARD = re.compile(
    rf"(.*?),({_ID}),(.*?),({_ID}),(.*?),({_ID}),(.*),(Pn\.[^,]*|),([^,]*),([^,]*),([-+.\de]+),([-+.\de]+)$"
)
_FAILURES = ("Miss", "Immune", "Dodge")
_POWER = frozenset(("Power", "Energy"))
_MOST_FIELDS = 16
"""More commas in names than this are no line of the game; the pattern's ways to try grow fast with them."""


class StoDialect(LineDialect):
    name = "sto"
    resolution = 0.1

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._recalled = self._said
        self._prefix, self._local = "", 0.0
        self._minute_text, self._minute_tenths = "", 0
        """The last line's time up to its seconds, in tenths of local seconds."""

    def split(self, line: str) -> tuple[float | None, str]:
        prefix, mark, body = line.partition("::")
        if prefix == self._prefix and mark:
            return self._local, body
        seconds = prefix[-4:]
        digits = seconds[:2] + seconds[3:]
        plain = mark and seconds < "60" and seconds[2:3] == "." and digits.isdecimal()
        if plain and prefix[:-4] == self._minute_text != "":
            local: float | None = (self._minute_tenths + int(digits)) / 10
        else:
            local = _stamp(prefix) if mark else None
            if plain and local is not None and prefix[-5] == ":":
                self._minute_text, self._minute_tenths = prefix[:-4], round(10 * (local // 60.0 * 60.0))
        if local is None:
            return None, line
        self._prefix, self._local = prefix, local
        return local, body

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return f"{self._prefix}::", self._said

    def read(self, body: str) -> Reading:
        fields: Sequence[str] = body.split(",")
        if len(fields) != 12:
            found = _AWKWARD.match(body) if 12 < len(fields) <= _MOST_FIELDS else None
            if found is None:
                return "empty line" if not body else ""
            fields = found.groups()
        kind, flags = fields[8], fields[9]
        try:
            first, second = float(fields[10]), float(fields[11])
        except ValueError:
            return ""
        if not math.isfinite(first) or abs(first) > 2.0**53:
            return ""
        doer, owner = self._attacker(fields)
        target = self._target(fields, doer)
        power = fields[6][:200] or "power"
        mended = kind == "Shield" and first < 0 <= second and "ShieldBreak" not in flags
        if mended or (kind == "HitPoints" and first < 0):
            if doer == "":
                return "healing by nobody"
            return Heal(actor=self._doer(doer), owner=owner, amount=-first, target=self._shown(target), skill=power)
        if kind in _POWER:
            drained = {"drained": abs(first)}
            return SkillUse(actor=self._doer(doer) or None, owner=owner, skill=power, periodic=True, meta=drained)
        event = self._damage(doer, owner, target, power, abs(first), flags, shield=kind == "Shield")
        if "Kill" not in flags or (target == doer and not self.own(doer)):
            return event
        return event, self._kill(doer, owner, target)

    def _damage(
        self, doer: str, owner: str | None, target: str, power: str, amount: float, flags: str, *, shield: bool
    ) -> AnyEvent:
        if doer == "" or (self.own(target) and not self.own(doer)):
            victim = None if self.own(target) else self._shown(target) or "unknown"
            meta = pet_of(None if owner == self.me else owner)
            return DamageTaken(
                actor=victim, amount=amount, source=doer or None, skill=power, periodic=shield, meta=meta
            )
        error = next((word.lower() for word in _FAILURES if word in flags), None) if not amount else None
        if "Miss" in flags:
            error = "miss"
        missed = error is not None
        return SkillUse(
            actor=self._doer(doer), owner=owner, skill=power, damage=amount, target=self._shown(target),
            success=not missed, error=error, critical="Critical" in flags, periodic=shield,
        )  # fmt: skip

    def _kill(self, doer: str, owner: str | None, target: str) -> AnyEvent:
        if self.own(target):
            return Death(cause=doer if doer and not self.own(doer) else None)
        if doer == "":
            return Death(actor=target or "unknown")
        return Kill(actor=self._doer(doer), owner=owner, target=self._shown(target))

    # ------------------------------------------------------------------ who is who

    def _attacker(self, fields: Sequence[str]) -> tuple[str, str | None]:
        """(who acts, whose pet it is). A pet or a device of a player acts under its own name."""
        owner, source = fields[0][:200], fields[2][:200]
        if not source or fields[3] == "*" or source == owner:
            return owner, None
        return source, self._shown(owner) if owner and fields[1].startswith("P[") else None

    @staticmethod
    def _target(fields: Sequence[str], doer: str) -> str:
        return doer if fields[5] == "*" and not fields[4] else fields[4][:200]

    def _doer(self, name: str) -> str | None:
        return None if self.own(name) else name

    def _shown(self, name: str) -> str:
        return self.me if self.own(name) else name


def _stamp(prefix: str) -> float | None:
    """`23:07:20:17:22:14.8` -> local seconds."""
    parts = prefix.split(":")
    if len(parts) != 6 or len(prefix) > 40 or not all(part.isdecimal() for part in parts[:5]):
        return None
    day, face = local_day(2000 + int(parts[0]), int(parts[1]), int(parts[2])), clock_face(parts[3], parts[4], parts[5])
    return None if day is None or face is None else round(day + face, 3)


def find_player(lines: Sequence[str]) -> str:
    """The player that stands in most lines: a client logs what happens around its own ship."""
    names: Counter[str] = Counter()
    for line in lines:
        fields = line.partition("::")[2].split(",")
        if len(fields) >= 12:
            names.update({fields[at] for at in (0, 4) if fields[at + 1].startswith("P[")})
    common = names.most_common(1)
    return common[0][0] if common else ""
