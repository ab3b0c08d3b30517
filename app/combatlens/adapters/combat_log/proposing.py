"""`profiles new --from-log FILE`: a profile for a log, with rules proposed from its own lines.

A game that is known here gets its dialect. For another, the time format is found by trial; pairs, columns and
sentences that are about combat become rules, from which the user goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from combatlens.adapters.combat_log.columns import column_rules, pair_rules
from combatlens.adapters.combat_log.custom_time import TimeFormat
from combatlens.adapters.combat_log.recognise import Sample, open_dialect, recognise, take_sample
from combatlens.adapters.combat_log.sentences import plain, sentence_rules
from combatlens.adapters.combat_log.times import DayClock, LocalTime
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, SkillUse
from combatlens.domain.profile import decode_profile

_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}"
_FRONTS: tuple[tuple[str, str], ...] = (
    (rf"{_DATE}[ T]{_CLOCK}[.,]\d+", "%Y-%m-%d %H:%M:%S.%f"), (rf"{_DATE}[ T]{_CLOCK}", "%Y-%m-%d %H:%M:%S"),
    (rf"\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}} {_CLOCK} [AP]M", "%m/%d/%Y %I:%M:%S %p"),
    (rf"\d{{1,2}}\.\d{{1,2}}\.\d{{4}} {_CLOCK}", "%d.%m.%Y %H:%M:%S"),
    (rf"\d{{1,2}}/\d{{1,2}}/\d{{4}} {_CLOCK}", "%m/%d/%Y %H:%M:%S"),
    (rf"[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} +\d{{1,2}} {_CLOCK} \d{{4}}", "%a %b %d %H:%M:%S %Y"),
    (rf"{_CLOCK}[.,]\d+", "%H:%M:%S.%f"), (_CLOCK, "%H:%M:%S"), (r"\d{1,2}:\d{2}", "%H:%M"),
    (r"\d{13}", "unix_ms"), (r"1\d{9}", "unix"),
)  # fmt: skip
_MAX_RULES = 30


class Proposal(Struct, frozen=True):
    """A profile as TOML, the dialect it uses, and how many lines of the sample its rules are made from."""

    toml: str
    dialect: str
    rules: int


def propose_profile(path: Path, name: str) -> Proposal:
    """A profile for a log. Raises EnvironmentFault where the file holds nothing to go by."""
    sample = take_sample(path)
    if not any(line.strip() for line in sample.lines):
        raise EnvironmentFault(f"{path} holds no lines", "play for a minute with the log turned on, then try again")
    kind = recognise(sample.lines)
    head = f"name = {_toml(name)}\ntitle = {_toml(name)}\n\n[screen]\nenabled = false\n\n[log]\n"
    head += f"paths = [{_toml(str(path))}]\n"
    if kind is not None:
        return Proposal(f'{head}dialect = "{kind.name}"\n', kind.name, 0)
    time, bodies = _split_times(sample)
    rules = _rules(bodies)
    if not rules:
        raise EnvironmentFault(
            f"no sentence of {path.name} looks like combat", "write rules by hand: docs/custom-dialects.md says how"
        )
    log = f'dialect = "custom"\n{time}{"".join(rules)}'
    player = _player(path, f"{head}{log}", sample)
    if player:
        head += f"player = {_toml(player)}  # acts most often; put your own name here if it is not you\n"
    return Proposal(head + log, "custom", len(rules))


def _player(path: Path, toml: str, sample: Sample) -> str:
    """The name that acts most in a log that never says "you"; empty where it does, or where no name stands out."""
    dialect = open_dialect(decode_profile(toml, str(path)).log, sample, path)
    doers: Counter[str | None] = Counter()
    for line in sample.lines:
        events = (occurrence.event for occurrence in dialect.parse(line).events)
        doers.update(event.actor for event in events if isinstance(event, (SkillUse, Kill)))
    top = doers.most_common(1)
    return top[0][0] or "" if top and not doers[None] and top[0][1] >= 0.5 * doers.total() else ""


def _split_times(sample: Sample) -> tuple[str, list[str]]:
    """(the rule of the time, the lines without it)."""
    lines = [line for line in sample.lines if line.strip()]
    clock = LocalTime(None)
    for pattern, form in _FRONTS:
        front = re.compile(rf"^(?P<before>\D{{0,30}}?)(?P<time>{pattern})(?P<after>[^\w\[(<{{\"]{{0,4}})")
        found = [front.match(line) for line in lines]
        hits = [match for match in found if match]
        if len(hits) < 0.6 * len(lines):
            continue
        form = _separators(form, hits[0]["time"])
        reader = TimeFormat(form, clock, DayClock(clock, 0, 0.0), sample.written)
        if reader.local(hits[0]["time"]) is None:
            continue
        before, after = (_common([match[part] for match in hits]) for part in ("before", "after"))
        rest = [line[match.end() :] if match else line for line, match in zip(lines, found, strict=True)]
        channels = _channels(rest)
        rule = _rule("time", f"^{before}(?P<time>{pattern}){after}{channels}", {"format": form})
        return rule, [re.sub(f"^{channels}", "", body) for body in rest]
    return "", lines


def _common(texts: Sequence[str]) -> str:
    """The pattern of what stands at a time's side: itself where it is nearly always the same."""
    text, count = Counter(texts).most_common(1)[0]
    return plain(text) if count >= 0.98 * len(texts) else r"\D{0,30}?"


def _channels(bodies: Sequence[str]) -> str:
    """The pattern of tags such as `[Combat] []` before the sentences; empty where brackets hold names of theirs."""
    tags = re.compile(r"(?:\[[\w ]*\]\s*)+(?=[A-Z\d])")
    tagged = [found[0] for body in bodies if (found := tags.match(body))]
    if len(tagged) < 0.6 * len(bodies) or len(set(tagged)) > 12:
        return ""
    return r"(?:\[[\w ]*\]\s*)*"


def _separators(form: str, text: str) -> str:
    """The date's own separators and `T` in place of the model's."""
    found = re.match(r"\d{4}([-/.])\d+([-/.])\d+([ T])", text)
    if found and form.startswith("%Y-%m-%d "):
        form = f"%Y{found[1]}%m{found[2]}%d{found[3]}" + form[9:]
    return form.replace(".%f", ",%f") if re.search(r",\d+$", text) else form


def _rules(bodies: Sequence[str]) -> list[str]:
    found = pair_rules(bodies) or column_rules(bodies) or sentence_rules(bodies)
    return [
        f"\n# {'1 line' if rule.lines == 1 else f'{rule.lines} lines'} of the sample"
        + _rule(rule.event, rule.pattern, {"decimal": rule.decimal} if rule.decimal != "." else {})
        for rule in found[:_MAX_RULES]
    ]


def _rule(event: str, pattern: str, extra: dict[str, str]) -> str:
    lines = [f"\n[[log.rules]]\nevent = {_toml(event)}\npattern = {_toml(pattern)}\n"]
    lines += [f"{key} = {_toml(value)}\n" for key, value in extra.items()]
    return "".join(lines)


def _toml(text: str) -> str:
    for quote in ("'", "'''"):
        if "'" not in text[-1:] and quote not in text and text.isprintable():
            return f"{quote}{text}{quote}"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
