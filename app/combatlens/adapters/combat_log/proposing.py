"""`profiles new --from-log FILE`: a profile for a log, with rules proposed from its own lines.

A game that is known here gets its dialect. For another, the time is found by trial; rows (separated values,
`key=value`, JSON) are read by the names of their columns, sentences by their words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from combatlens.adapters.combat_log.custom import CustomDialect
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.proposing_prose import prose_rules
from combatlens.adapters.combat_log.proposing_tables import Draft, table_rules
from combatlens.adapters.combat_log.proposing_times import FoundTime, find_time
from combatlens.adapters.combat_log.recognise import Sample, recognise, take_sample
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import SkillUse


class Proposal(Struct, frozen=True):
    """A profile as TOML, the dialect it uses, and how many lines of the sample its rules are made from."""

    toml: str
    dialect: str
    rules: int


def propose_profile(path: Path, name: str) -> Proposal:
    """A profile for a log. Raises EnvironmentFault where the file holds nothing to go by."""
    sample = take_sample(path)
    lines = [line for line in sample.lines if line.strip()]
    if not lines:
        raise EnvironmentFault(f"{path} holds no lines", "play for a minute with the log turned on, then try again")
    kind = recognise(sample.lines)
    head = f"name = {_toml(name)}\ntitle = {_toml(name)}\n\n[screen]\nenabled = false\n\n[log]\n"
    head += f"paths = [{_toml(str(path))}]\n"
    if kind is not None:
        return Proposal(f'{head}dialect = "{kind.name}"\n', kind.name, 0)
    time = find_time(lines, sample.written)
    bodies = time.bodies if time else lines
    drafts = table_rules(bodies) or prose_rules(bodies)
    if not drafts:
        raise EnvironmentFault(
            f"no line of {path.name} looks like combat", "write rules by hand: docs/custom-dialects.md says how"
        )
    rules = ([_time_rule(time)] if time else []) + [_rule_of(draft) for draft in drafts]
    player = _player(lines, rules, sample)
    head += 'dialect = "custom"\n'
    head += f"player = {_toml(player)}  # who stands in most lines\n" if player else ""
    comments = ([""] if time else []) + [f"# {draft.count} lines of the sample\n" for draft in drafts]
    text = "".join(f"\n{comment}{_rule(rule)}" for comment, rule in zip(comments, rules, strict=True))
    return Proposal(head + text, "custom", len(drafts))


def _time_rule(time: FoundTime) -> dict[str, Any]:
    return {"event": "time", "pattern": time.pattern, "format": time.form}


def _rule_of(draft: Draft) -> dict[str, Any]:
    return {"event": draft.event, "pattern": draft.pattern, **draft.more}


def _player(lines: Sequence[str], rules: list[dict[str, Any]], sample: Sample) -> str:
    """The name in most lines of a log that speaks of nobody as you: a client logs what happens around its own."""
    dialect = CustomDialect(LogSetup(reference=sample.written), tuple(rules))
    names: Counter[str] = Counter()
    blows = 0
    for line in lines:
        for occurrence in dialect.parse(line).events:
            event = occurrence.event
            if not isinstance(event, SkillUse):
                continue
            if event.actor is None:
                return ""
            blows += 1
            names.update({event.actor, event.target or ""} - {""})
    common = names.most_common(2)
    if not common or common[0][1] < 0.6 * blows or (len(common) > 1 and common[1][1] == common[0][1]):
        return ""
    return common[0][0]


def _rule(rule: dict[str, Any]) -> str:
    return "[[log.rules]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in rule.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    return str(value).lower() if isinstance(value, bool) else _toml(str(value))


def _toml(text: str) -> str:
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
