"""The custom dialect: a game that the program does not know, read by the rules of a profile."""

from __future__ import annotations

from typing import Any

import msgspec
import re2

from combatlens.adapters.combat_log.custom_rules import CompiledRule, Rule, compile_rules, searcher
from combatlens.adapters.combat_log.custom_time import TimeFormat
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Reading, pet_of
from combatlens.domain.events import EVENT_TYPES, AnyEvent, DamageTaken, Event, SkillUse
from combatlens.domain.skills import ATTACK

MAX_BODY = 2000
_YOU = frozenset(
    ("you", "your", "yourself", "me", "myself", "du", "dir", "dich", "dein", "deine", "vous", "votre", "usted", "ты",
     "вы")
)  # fmt: skip
_NOT = frozenset(("", "false", "f", "0", "no", "n", "none", "null", "nil", "-"))
_NAMES = frozenset(("actor", "attacker", "target", "owner", "source", "pet"))


class CustomDialect(LineDialect):
    """Rules are tried in their order; the first whose pattern is found in the line makes the event.

    `time` and `date` rules come first: `time` cuts the time off each line, `date` sets the day of those that follow.
    """

    name = "custom"

    def __init__(self, setup: LogSetup, rules: tuple[dict[str, Any], ...]) -> None:
        super().__init__(setup)
        compiled = compile_rules(rules)
        self._times = [(c, self._format(c.rule)) for c in compiled if c.rule.event == "time"]
        self._dates = [(c, self._format(c.rule)) for c in compiled if c.rule.event == "date"]
        self._rules = tuple(c for c in compiled if c.rule.event not in ("time", "date"))
        self._searcher = searcher(self._rules) if self._rules else None
        self._pets: dict[str, str] = {}
        self.matched = {c.label: 0 for c in compiled}
        if self._times:
            self.resolution = min(form.resolution for _, form in self._times)

    def state(self) -> dict[str, Any]:
        return super().state() | {"pets": dict(self._pets), "days": self._days.state()}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._pets = dict(state.get("pets", {}))
        self._days.restore(state.get("days"))

    def split(self, line: str) -> tuple[float | None, str]:
        raw = line[:MAX_BODY].encode("utf-8", "replace")
        for compiled, form in self._dates:
            found = compiled.regex.search(raw)
            local = form.local(_text(found, compiled.fields["time"])) if found else None
            if local is not None:
                self._days.anchor(local)
                self._advance(local)
        for compiled, form in self._times:
            found = compiled.regex.search(raw)
            if found is None:
                continue
            local = form.local(_text(found, compiled.fields["time"]))
            if local is not None:
                start, end = found.span()
                return local, (raw[:start] + raw[end:]).decode("utf-8", "replace").strip()
        return None, line[:MAX_BODY].strip()

    def read(self, body: str) -> Reading:
        if not body:
            return "empty line"
        raw = body.encode("utf-8", "replace")
        for compiled in self._candidates(raw):
            rule = compiled.rule
            if rule.contains and rule.contains not in body:
                continue
            found = compiled.regex.search(raw)
            if found is None:
                continue
            values = {name: _text(found, group) for name, group in compiled.fields.items()}
            reading = self._apply(rule, values)
            if reading is not None:
                self.matched[compiled.label] = self.matched.get(compiled.label, 0) + 1
                return reading
        return ""

    def _candidates(self, raw: bytes) -> list[CompiledRule] | tuple[CompiledRule, ...]:
        if self._searcher is None:
            return self._rules
        return [self._rules[i] for i in sorted(self._searcher.Match(raw) or ())]

    # ------------------------------------------------------------------ from groups to events

    def _apply(self, rule: Rule, values: dict[str, str]) -> Reading | None:
        """The rule's event; None where the captured text is none (then the next rule is tried)."""
        kind = rule.event
        if kind == "ignore":
            return rule.name or "ignored"
        if kind == "player":
            self.player = self.setup.player or values.get("player", "").strip()[:200] or self.player
            return "player"
        if kind == "pet":
            owner = values.get("owner") or str(rule.set.get("owner", ""))
            self._pets[values.get("pet", "")[:200]] = self._shown(owner) if owner else self.me
            return "pet"
        given: dict[str, Any] = {name: text for name, text in values.items() if text != ""}
        given |= rule.set
        if kind in ("damage", "miss"):
            return self._blow(kind, given, rule.decimal)
        return self._event(kind, given, rule.decimal)

    def _blow(self, kind: str, given: dict[str, Any], decimal: str) -> Reading | None:
        attacker, target = str(given.get("attacker", "")), str(given.get("target", ""))
        amount = _number(str(given.get("amount", "0")), decimal)
        if amount is None:
            return None
        skill = str(given.get("skill", "") or ATTACK)[:200]
        doer, periodic = self._doer(attacker), _flag(given.get("periodic"))
        owner = self._owner(doer, given)
        if self._is_you(target) and doer is not None:
            if kind == "miss":
                return "missed by another"
            return DamageTaken(amount=amount, source=doer or None, skill=skill, periodic=periodic, meta=pet_of(owner))
        if doer == "":
            return DamageTaken(actor=self._shown(target) or None, amount=amount, skill=skill, periodic=periodic)
        return SkillUse(
            actor=doer, owner=owner, skill=skill, damage=amount, target=self._shown(target) or None,
            success=kind == "damage", error=None if kind == "damage" else str(given.get("reason") or "miss")[:200],
            critical=_flag(given.get("critical")), periodic=periodic,
        )  # fmt: skip

    def _event(self, kind: str, given: dict[str, Any], decimal: str) -> AnyEvent | None:
        made = EVENT_TYPES[kind]
        fields: dict[str, Any] = {}
        for name, value in given.items():
            if name in _NAMES:
                shown = self._shown(str(value))
                if name == "actor" and self._is_you(str(value)):
                    continue
                fields[name] = shown
            else:
                fields[name] = _convert(made, name, value, decimal)
        if "actor" in made.__struct_fields__ and "owner" not in fields and fields.get("actor") in self._pets:
            fields["owner"] = self._pets[fields["actor"]]
        try:
            found: AnyEvent = msgspec.convert(fields | {"type": kind}, AnyEvent)
        except (msgspec.ValidationError, ValueError):
            return None
        return found

    # ------------------------------------------------------------------ who is who

    def _is_you(self, name: str) -> bool:
        return name.lower() in _YOU or (bool(name) and name == self.player)

    def _doer(self, name: str) -> str | None:
        """None: the player. "": nobody is named."""
        return None if self._is_you(name) else name[:200]

    def _shown(self, name: str) -> str:
        return self.me if self._is_you(name) else name[:200]

    def _owner(self, doer: str | None, given: dict[str, Any]) -> str | None:
        if given.get("owner"):
            return self._shown(str(given["owner"]))
        return self._pets.get(doer) if doer else None

    def _format(self, rule: Rule) -> TimeFormat:
        return TimeFormat(rule.format, self._time, self._days, self.setup.reference)


def _text(found: re2.Match, group: int) -> str:
    value = found.group(group)
    return value.decode("utf-8", "replace").strip() if value else ""


def _number(text: str, decimal: str) -> float | None:
    """`1.234,5` or `1,234.5` by the rule's decimal sign; None where it is no number."""
    for sign in ("'", " ", "\u00a0", "\u202f", "," if decimal == "." else "."):
        text = text.replace(sign, "")
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 2.0**53 else None


def _flag(value: Any) -> bool:
    """A flag is set when its group matched anything that does not say no."""
    return bool(value) and str(value).strip().lower() not in _NOT


def _convert(made: type[Event], name: str, value: Any, decimal: str) -> Any:
    if not isinstance(value, str):
        return value
    default = dict(zip(made.__struct_fields__[::-1], made.__struct_defaults__[::-1], strict=False)).get(name)
    if isinstance(default, bool):
        return _flag(value)
    if name in _AMOUNTS:
        number = _number(value, decimal)
        return int(number) if number is not None and name in _COUNTS and number.is_integer() else number
    return value[:200]


_COUNTS = frozenset(("level", "party_size"))
_AMOUNTS = _COUNTS | {"damage", "amount", "xp", "percent", "value", "needed", "count", "duration_ms", "confidence"}
