"""`profiles new --from-log FILE`: a profile for a log, with rules proposed from its own lines.

A game that is known here gets its dialect. For another, the time format is found by trial, and the most frequent
sentences with a number or a word of combat become rules, from which the user goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from combatlens.adapters.combat_log.custom_time import TimeFormat
from combatlens.adapters.combat_log.recognise import Sample, recognise, take_sample
from combatlens.adapters.combat_log.times import DayClock, LocalTime
from combatlens.domain.errors import EnvironmentFault

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
_WORDS: tuple[tuple[str, str], ...] = (
    (r"heal|restore|regenerat", "heal"), (r"experience|\bxp\b|\bexp\b", "xp_gain"),
    (r"damage|\bhits?\b|strikes?|crits?|wounds?", "damage"), (r"\bmiss(?:es)?\b|dodge|parr|evade|resist", "miss"),
    (r"kill|slain|slay|defeat|destroy|\bdies\b", "kill"), (r"\bloot|receive|pick(?:ed)? up|obtain|acquire", "loot"),
)  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,']*")
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
    return Proposal(f'{head}dialect = "custom"\n{time}{"".join(rules)}', "custom", len(rules))


def _split_times(sample: Sample) -> tuple[str, list[str]]:
    """(the rule of the time, the lines without it)."""
    lines = [line for line in sample.lines if line.strip()]
    clock = LocalTime(None)
    for pattern, form in _FRONTS:
        front = re.compile(rf"^(?P<before>\W{{0,3}})(?P<time>{pattern})(?P<after>\W{{0,4}})")
        found = [front.match(line) for line in lines]
        hits = [match for match in found if match]
        if len(hits) < 0.6 * len(lines):
            continue
        form = _separators(form, hits[0]["time"])
        reader = TimeFormat(form, clock, DayClock(clock, 0, 0.0), sample.written)
        if reader.local(hits[0]["time"]) is None:
            continue
        before, after = (
            re.escape(Counter(match[part] for match in hits).most_common(1)[0][0]) for part in ("before", "after")
        )
        rule = _rule("time", f"^{before}(?P<time>{pattern}){after}", {"format": form})
        return rule, [line[match.end() :] if match else line for line, match in zip(lines, found, strict=True)]
    return "", lines


def _separators(form: str, text: str) -> str:
    """The date's own separators and `T` in place of the model's."""
    found = re.match(r"\d{4}([-/.])\d+([-/.])\d+([ T])", text)
    if found and form.startswith("%Y-%m-%d "):
        form = f"%Y{found[1]}%m{found[2]}%d{found[3]}" + form[9:]
    return form.replace(".%f", ",%f") if re.search(r",\d+$", text) else form


def _rules(bodies: Sequence[str]) -> list[str]:
    """The rules of the most frequent sentences: words that are everywhere stay, the others become groups."""
    words = Counter(word for body in bodies for word in set(_tokens(body)))
    common = {word for word, count in words.items() if count >= max(3, len(bodies) * 0.01) and _is_plain(word)}
    sentences: Counter[tuple[str, ...]] = Counter()
    for body in bodies:
        skeleton = _skeleton(body, common)
        if skeleton and any(part not in ("\0", "\1") for part in skeleton):
            sentences[skeleton] += 1
    rules, seen = [], set()
    for skeleton, count in sentences.most_common(400):
        text = " ".join(skeleton)
        kind = next((event for word, event in _WORDS if re.search(word, text, re.IGNORECASE)), "")
        if count < 2 or not kind or (kind not in ("kill", "miss", "loot") and "\1" not in skeleton):
            continue
        pattern = _pattern(kind, skeleton)
        if pattern is None or pattern in seen:
            continue
        seen.add(pattern)
        rules.append(f"\n# {count} lines of the sample" + _rule(kind, pattern, {}))
        if len(rules) == _MAX_RULES:
            break
    return rules


def _tokens(body: str) -> list[str]:
    return re.findall(r"\w[\w'’-]*|[^\w\s]+", body[:300])


def _is_plain(word: str) -> bool:
    return word[0].islower() or word in ("You", "Your", "YOU") or not word[0].isalnum()


def _skeleton(body: str, common: set[str]) -> tuple[str, ...]:
    """Words kept, names as \\0, numbers as \\1."""
    parts: list[str] = []
    for token in re.findall(r"\d[\d.,']*\d|\d|\w[\w'’-]*|[^\w\s]+", body[:300]):
        part = "\1" if token[0].isdigit() else token if token in common else "\0"
        if part != "\0" or not parts or parts[-1] != "\0":
            parts.append(part)
    return tuple(parts)


_GROUPS = {
    "damage": ("attacker", "target", "skill"), "miss": ("attacker", "target"), "heal": ("actor", "target", "skill"),
    "kill": ("actor", "target"), "xp_gain": ("xp_type",), "loot": ("item",),
}  # fmt: skip
_SUBJECT = {"damage": "attacker", "miss": "attacker", "heal": "actor", "kill": "actor"}


def _pattern(kind: str, skeleton: Sequence[str]) -> str | None:
    """A pattern with the event's groups given to names in their order; the first number is the amount."""
    names = list(_GROUPS[kind])
    subject = _SUBJECT.get(kind)
    parts, amount = [], kind in ("damage", "heal", "xp_gain")
    passive = kind == "kill" and ("by" in skeleton or skeleton[-1:] == ("dies",))
    for at, part in enumerate(skeleton):
        if part == "\0":
            name = ("target" if passive and "target" in names else names[0]) if names else None
            if name:
                names.remove(name)
            last = at == len(skeleton) - 1
            body = ".+" if last else ".+?"
            parts.append(f"(?P<{name}>{body})" if name else body)
        elif part == "\1":
            parts.append(r"(?P<amount>[\d.,']*\d)" if amount else r"[\d.,']+")
            amount = False
        elif at == 0 and part in ("You", "YOU") and subject in names:
            parts.append(f"(?P<{subject}>{part})")
            names.remove(subject)
        elif part.lower() in ("you", "yourself") and "target" in names:
            parts.append(f"(?P<target>{part})")
            names.remove("target")
        else:
            parts.append(re.escape(part).replace("\\'", "'"))
    if (kind in ("damage", "heal", "xp_gain") and amount) or (kind == "loot" and "item" in names):
        return None
    return "^" + r"\s*".join(parts)


def _rule(event: str, pattern: str, extra: dict[str, str]) -> str:
    lines = [f"\n[[log.rules]]\nevent = {_toml(event)}\npattern = {_toml(pattern)}\n"]
    lines += [f"{key} = {_toml(value)}\n" for key, value in extra.items()]
    return "".join(lines)


def _toml(text: str) -> str:
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
