"""Rules for logs of sentences: the words that carry the meaning stay, names and numbers become groups."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from combatlens.adapters.combat_log import proposing_words as words
from combatlens.adapters.combat_log.proposing_tables import Draft

NAME, NUMBER = "\0", "\1"
_TOKEN = re.compile(r"[-=]>|\d[\d.,']*\d|\d|['’]s\b|\w[\w-]*(?:['’](?!s\b)[\w-]+)*|[^\w\s]")
_MAX_RULES = 40
_FEW = 100
"""In a sample of so few lines, a sentence that stands there once is proposed too."""
_NAMES = {
    "damage": ("attacker", "target", "skill"), "miss": ("attacker", "target", "skill"),
    "heal": ("actor", "target", "skill"), "kill": ("actor", "target"), "death": ("cause",), "xp_gain": ("xp_type",),
    "loot": ("item",),
}  # fmt: skip
_AMOUNT = {"damage": "amount", "heal": "amount", "xp_gain": "amount", "kill": "xp"}
_SUBJECT = {"damage": "attacker", "miss": "attacker", "heal": "actor", "kill": "actor"}


def prose_rules(bodies: Sequence[str]) -> list[Draft]:
    """Rules for the most frequent sentences that tell of combat or gains."""
    sentences: Counter[tuple[str, ...]] = Counter()
    numbers: dict[tuple[str, ...], list[str]] = {}
    habits = Habits(bodies)
    for body in bodies:
        tokens = _TOKEN.findall(body[:300])
        skeleton = _skeleton(tokens, habits)
        if skeleton:
            sentences[skeleton] += 1
            numbers.setdefault(skeleton, []).extend(token for token in tokens if token[0].isdigit())
    every = [number for some in numbers.values() for number in some]
    sign = words.decimal_sign(every)
    drafts: dict[str, Draft] = {}
    for skeleton, count in sentences.most_common(600):
        draft = _draft(skeleton, count, sign) if count >= 2 or len(bodies) < _FEW else None
        if draft is not None:
            drafts.setdefault(draft.pattern, draft)
    kept = sorted(drafts.values(), key=lambda draft: -draft.count)[:_MAX_RULES]
    if not any("'" in number for number in every):
        kept = [replace(draft, pattern=draft.pattern.replace("[\\d.,']", "[\\d.,]")) for draft in kept]
    return sorted(kept, key=lambda draft: (-_literal(draft.pattern), -draft.count))  # the more a rule says, the earlier


class Habits:
    """How words stand in the sample. `common`: what is said outright; `verbs`: what ends a name of small letters."""

    def __init__(self, bodies: Sequence[str]) -> None:
        seen: Counter[str] = Counter()
        behind: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for body in bodies:
            tokens = _TOKEN.findall(body[:300])
            seen.update(set(tokens))
            behind.update({tokens[at] for at in range(1, len(tokens)) if tokens[at - 1][0].isdigit()})
            pairs.update(set(pairwise(tokens)))
        enough = max(3, len(bodies) * 0.01)
        plain = words.YOU | words.ARTICLES | words.FUNCTION
        of_names = {  # a small word that always follows one capital word, which nothing else follows: `Cave bear`
            second for (first, second), count in pairs.items()
            if first[0].isupper() and count >= 0.95 * max(seen[first], seen[second])
            and first.lower() not in plain and not words.is_word_of_a_kind(second)
        }  # fmt: skip
        self.common = frozenset(
            word for word, count in seen.items()
            if count >= enough and word not in of_names and (word[0].islower() or behind[word] >= 0.9 * count)
        )  # fmt: skip
        before = Counter(second for first, second in pairs if first[0].isalpha() and first.lower() not in plain)
        self.verbs = frozenset(word for word, different in before.items() if word[0].islower() and different >= 3)


def _skeleton(tokens: list[str], habits: Habits) -> tuple[str, ...]:
    """Meaning kept, names as NAME, numbers as NUMBER."""
    parts: list[str] = []
    naming, named = False, _enclosed(tokens)
    for at, token in enumerate(tokens):
        low = token.lower()
        if at in named:
            part, naming = NAME, False
        elif token[0].isdigit():
            part, naming = NUMBER, False
        elif not token[0].isalnum() and low not in words.BEFORE_SKILL:
            part, naming = token, False
        elif low in words.YOU or low in words.FUNCTION or _is_channel(tokens, at):
            part, naming = token, low in words.BEFORE_SKILL
        elif low in words.ARTICLES:
            part, naming = token, True
        elif naming and not (token[0].islower() and (words.is_word_of_a_kind(token) or token in habits.verbs)):
            part = NAME
        elif token in habits.common or words.is_word_of_a_kind(token):
            part, naming = token, False
        else:
            part = NAME
        if part != NAME or not parts or parts[-1] != NAME:
            parts.append(part)
    return tuple(parts)


def _enclosed(tokens: list[str]) -> set[int]:
    """Where words are names by their place: `[Old Bear]`, and what stands right before an arrow."""
    found: set[int] = set()
    opened = None
    for at, token in enumerate(tokens):
        if token == "[":
            opened = at
        elif token == "]" and opened is not None:
            inside = range(opened + 1, at)
            if inside and not _is_channel(tokens, opened + 1) and all(tokens[i][0].isalpha() for i in inside):
                found |= {i for i in inside if tokens[i].lower() not in words.YOU}
            opened = None
        elif token in ("->", "=>"):
            start = at
            while start and tokens[start - 1][0].isalpha() and start - 1 not in found:
                start -= 1
            found |= set(range(start, at))
    return found


def _is_channel(tokens: list[str], at: int) -> bool:
    return (
        tokens[at].lower() in words.CHANNELS and at + 1 < len(tokens) and at > 0
        and tokens[at - 1] in "[(<{" and tokens[at + 1] in "])>}"
    )  # fmt: skip


def _draft(skeleton: tuple[str, ...], count: int, sign: str) -> Draft | None:
    body = _without_channel(skeleton)
    text = " ".join(part for part in body if part not in (NAME, NUMBER))
    event = words.kind_of(text)
    if event == "xp_gain" and NAME in body and words.tells_a_kill(text):
        event = "kill"  # `Ann killed a rat, +50 xp`
    if not event or not any(part[0].isalpha() for part in body if part not in (NAME, NUMBER)):
        return None
    passive = event == "kill" and any(part.lower() in words.PASSIVE for part in body)
    you = any(part.lower() in words.YOU for part in body)
    if event == "kill" and you and (passive or NAME not in body):
        first = next(part for part in body if part in (NAME, NUMBER) or part[0].isalnum())
        event = "death" if first.lower() in words.YOU or first == NUMBER else event
    pattern, more = _pattern(event, skeleton, passive=passive)
    if pattern is None:
        return None
    if event == "damage" and words.CRITICAL.search(text):
        more.setdefault("set", {})["critical"] = True
    if event in _AMOUNT and sign == ",":
        more["decimal"] = ","
    return Draft(event=event, pattern=pattern, count=count, more=more)


def _without_channel(skeleton: tuple[str, ...]) -> tuple[str, ...]:
    """A sentence without a leading `[Combat]`, which must not be taken for its meaning."""
    if len(skeleton) > 3 and skeleton[0] in ("[", "(", "<") and skeleton[2] in ("]", ")", ">"):
        return skeleton[3:]
    return skeleton


def _amount_at(event: str, skeleton: Sequence[str]) -> int | None:
    """Which number is the amount: the one beside the word for it, else the first."""
    numbers = [at for at, part in enumerate(skeleton) if part == NUMBER]
    if event not in _AMOUNT or not numbers:
        return None

    kind = "xp_gain" if event == "kill" else event

    def beside(at: int) -> bool:
        return any(words.kind_of(part) == kind for part in skeleton[at + 1 : at + 4] if part not in (NAME, NUMBER))

    return next((at for at in numbers if beside(at)), None if event == "kill" else numbers[0])


def _pattern(event: str, skeleton: Sequence[str], *, passive: bool) -> tuple[str | None, dict[str, Any]]:
    """A pattern with the event's groups given to the names in their order. `more`: what the rule says beside it."""
    names = list(_NAMES[event])
    more: dict[str, Any] = {}
    subject, amount = _SUBJECT.get(event), _amount_at(event, skeleton)
    suffers = event == "damage" and _suffers(skeleton)
    if suffers or (passive and event == "kill"):
        names[:2] = names[1::-1]
    told = _told_from(skeleton)
    if event in _AMOUNT and amount is None and event != "kill":
        return None, {}
    parts = []
    for at, part in enumerate(skeleton):
        before = next((p.lower() for p in reversed(skeleton[:at]) if p not in ("[", "(", "<", "{")), "")
        if part == NAME and at < told:
            parts.append(".+?")
        elif part == NAME:
            if before in words.BEFORE_SKILL and "skill" in names:
                names.remove("skill")
                parts.append(_name("skill", at, skeleton))
            elif before in ("->", "=>") and "target" in names:
                names.remove("target")
                parts.append(_name("target", at, skeleton))
            elif at + 1 < len(skeleton) and "skill" in names and len(names) < 3 and _aims(skeleton[at + 1 :]):
                names.remove("skill")
                parts.append(_name("skill", at, skeleton))
            else:
                free = [name for name in names if name != "skill" or not {"attacker", "actor", "target"} & set(names)]
                if free:
                    names.remove(free[0])
                parts.append(_name(free[0] if free else "", at, skeleton))
        elif part == NUMBER:
            parts.append(_number(event, at, amount, skeleton))
        elif part.lower() in words.YOU and (
            role := _role_of_you(part, skeleton[told:], at - told, names[0] if suffers else subject, names)
        ):
            names.remove(role)
            if part.lower() in words.ENGLISH_YOU:
                parts.append(f"(?P<{role}>{part})")
            else:
                more.setdefault("set", {})[role] = "you"
                parts.append(words.literal(part))
        else:
            parts.append(words.literal(part))
    if event == "loot" and ("item" in names or "of" in skeleton):  # `Loot of a rat: …` names no item before the rat
        return None, {}
    return "^" + r"\s*".join(parts), more


def _role_of_you(part: str, skeleton: Sequence[str], at: int, subject: str | None, names: list[str]) -> str:
    """`You` is who acts where it leads the sentence, else whom it befalls; "" where the event has no place for it."""
    leads = not any(p in (NAME, NUMBER) or p.lower() in words.YOU for p in _without_channel(tuple(skeleton[:at])))
    if leads and subject in names and not (subject == "actor" and part.lower() in ("your", "votre", "euer")):
        return subject or ""
    if part.lower() in ("your", "euer", "votre"):
        return "attacker" if "attacker" in names else ""
    return "target" if "target" in names else "attacker" if "attacker" in names else ""


def _suffers(skeleton: Sequence[str]) -> bool:
    """Whether the sentence is about the one that is hurt: `A rat loses 5 hitpoints`, `Ann was hit by a rat`."""
    low = [part.lower() for part in skeleton]
    return bool(words.SUFFERING & set(low)) or bool(words.BEING & set(low) and words.PASSIVE & set(low))


def _aims(rest: Sequence[str]) -> bool:
    """Whether an arrow to a target follows: `[Ann] Slash -> [rat]`."""
    return rest[0] in ("->", "=>") and NAME in rest


def _told_from(skeleton: Sequence[str]) -> int:
    """Where the sentence that counts begins: `Critical hit! You inflicted …` begins at `You`."""
    starts = [at for at in range(1, len(skeleton)) if skeleton[at].lower() in words.YOU and skeleton[at - 1] in "!.:"]
    return starts[-1] if starts else 0


def _name(group: str, at: int, skeleton: Sequence[str]) -> str:
    inside = ".+" if at == len(skeleton) - 1 else ".+?"
    return f"(?P<{group}>{inside})" if group else inside


def _number(event: str, at: int, amount: int | None, skeleton: Sequence[str]) -> str:
    if at == amount:
        return rf"(?P<{_AMOUNT[event]}>\d[\d.,']*)"
    near = [part.lower() for part in skeleton[max(0, at - 2) : at]]
    if event == "loot" and {"x", "×"} & set(near):
        return r"(?P<count>\d[\d.,']*)"
    if event == "loot" and "value" in near:
        return r"(?P<value>\d[\d.,']*)"
    return r"\d[\d.,']*"


def _literal(pattern: str) -> int:
    """How much of a pattern is said outright."""
    return len(re.sub(r"\(\?P<\w+>[^)]*\)|\\s\*|[.+?*]", "", pattern))
