"""Rules of a custom dialect: what a profile's TOML says, checked and compiled.

Patterns run on RE2, whose time grows with the line alone: no pattern and no line can make it hang. What RE2 cannot
do in that time (look-ahead, back-references) is refused with its reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import re2
from msgspec import Meta, Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import EVENT_TYPES

MAX_RULES = 500
MAX_PATTERN = 2000

FIELDS: dict[str, frozenset[str]] = {
    "damage": frozenset(("attacker", "target", "skill", "amount", "owner", "critical", "periodic")),
    "miss": frozenset(("attacker", "target", "skill", "reason", "owner", "periodic")),
    "pet": frozenset(("pet", "owner")),
    "player": frozenset(("player",)),
    "time": frozenset(("time",)),
    "date": frozenset(("time",)),
    "ignore": frozenset(),
}
"""Rules beside the events of the contract. `damage` and `miss` sort out by themselves who hit whom."""

_EVENTS = (
    "skill",
    "kill",
    "death",
    "damage_taken",
    "heal",
    "xp",
    "xp_gain",
    "action",
    "loot",
    "expense",
    "context",
    "mark",
)
KINDS = (*FIELDS, *_EVENTS)


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as it is written. `set`: fields that are always the same. `format`: of `time` and `date` rules."""

    event: str
    pattern: Annotated[str, Meta(min_length=1, max_length=MAX_PATTERN)]
    contains: str = ""
    set: dict[str, Any] = {}
    format: str = ""
    decimal: Literal[".", ","] = "."
    name: str = ""


class CompiledRule(Struct, frozen=True):
    number: int
    rule: Rule
    regex: re2.Regexp
    fields: dict[str, int]
    """Group names and their numbers."""

    @property
    def label(self) -> str:
        return self.rule.name or f"rule {self.number} ({self.rule.event})"


def compile_rules(rules: tuple[dict[str, Any], ...]) -> tuple[CompiledRule, ...]:
    """Check and compile. Raises EnvironmentFault that names the rule, the fault and the way out."""
    if not rules:
        raise EnvironmentFault("the custom dialect has no rules", "add [[log.rules]], see docs/custom-dialects.md")
    if len(rules) > MAX_RULES:
        raise EnvironmentFault(f"{len(rules)} rules are too many", f"use at most {MAX_RULES}")
    return tuple(_compile(number, raw) for number, raw in enumerate(rules, 1))


def _compile(number: int, raw: dict[str, Any]) -> CompiledRule:
    try:
        rule = msgspec.convert(raw, Rule)
    except msgspec.ValidationError as error:
        raise EnvironmentFault(f"rule {number} of the log cannot be used: {error}", "mend the rule") from error
    if rule.event not in KINDS:
        raise EnvironmentFault(f"rule {number}: there is no event {rule.event!r}", f"use one of: {', '.join(KINDS)}")
    regex = _regex(number, rule)
    captured = {name.decode(): index for name, index in regex.groupindex.items()}
    allowed = FIELDS[rule.event] if rule.event in FIELDS else _fields_of(rule.event)
    unknown = (set(captured) | set(rule.set)) - allowed
    if unknown and rule.event != "ignore":
        raise EnvironmentFault(
            f"rule {number}: {rule.event} has no field {', '.join(sorted(unknown))}",
            f"use one of: {', '.join(sorted(allowed))}",
        )
    if rule.event in ("time", "date") and ("time" not in captured or not rule.format):
        raise EnvironmentFault(
            f"rule {number}: {rule.event} needs a group `time` and a `format`", "add what is missing"
        )
    return CompiledRule(number, rule, regex, captured)


def _regex(number: int, rule: Rule) -> re2.Regexp:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(rule.pattern.encode(), options)
    except re2.error as error:
        reason = (
            error.args[0].decode(errors="replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        )
        raise EnvironmentFault(
            f"rule {number}: the pattern cannot be used: {reason}",
            "look-ahead, look-behind and back-references are refused, since a line could make them take for ever",
        ) from error


def _fields_of(event: str) -> frozenset[str]:
    return frozenset(EVENT_TYPES[event].__struct_fields__) - {"id", "at", "meta"}


def searcher(rules: tuple[CompiledRule, ...]) -> re2.Set | None:
    """One automaton over all patterns: which rules match a line, in one pass. None where it grows too big."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    found = re2.Set.SearchSet(options)
    for compiled in rules:
        found.Add(compiled.rule.pattern.encode())
    try:
        found.Compile()
    except re2.error:
        return None
    return found
