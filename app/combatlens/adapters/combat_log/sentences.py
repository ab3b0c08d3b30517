"""From a log's sentences to rules: which words are grammar, which are names, and who does what to whom.

A sentence is cut into words of grammar, names and numbers. What has the same words of grammar is one shape, and each
shape becomes one rule. The roles follow English word order: the subject acts unless the verb is passive, a name after
`with` is a skill, after `by` and `from` the one who acts, after a verb or `to` the one it is done to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

MAX_BODY = 300
AMOUNT = r"\d(?:[\d.,']*\d)?"

KINDS: tuple[tuple[str, str], ...] = (
    (r"\bheal|restore|regenerat|heilt|soigne|сана", "heal"),
    (r"experience|\be?xp\b|erfahrung|expérience|experiencia|опыт", "xp_gain"),
    (r"\bmiss(?:es|ed)?\b|dodge|\bparr|evade|\bresist|verfehl|rate\b", "miss"),
    (r"\bkill|slain|\bslay|defeat|destroy|\bdie[sd]?\b|vanquish|tötet|besieg|\btue[zs]?\b|\bmata", "kill"),
    (r"damage|\bdmg\b|\bhits?\b|strikes?|\bcrits?\b|wounds?|schaden|dégâts|daño|урон", "damage"),
    (r"\bloot|receive|pick(?:s|ed)? up|obtain|acquire|erhält|erhalten", "loot"),
    (r"\bgain(?:s|ed)?\b|\bearn(?:s|ed)?\b", "xp_gain"),
)
"""What a sentence is about, by its words; the first that fits."""

_HIT = """hit hits strike strikes deal deals dealt inflict inflicts inflicted do does attack attacks crit crits wound
wounds slash slashes bite bites claw claws smash smashes burn burns shoot shoots stab stabs pierce pierces crush
crushes damage damages"""
_KILL = "kill kills killed slay slays slain defeat defeats defeated destroy destroys destroyed vanquished"
_MISS = "miss misses missed dodge dodges dodged parry parries parried evade evades evaded resist resists resisted"
_GAIN = """gain gains gained earn earns earned receive receives received loot loots looted pick picks picked up obtain
obtains obtained acquire acquires acquired heal heals healed restore restores restored"""
_PASSIVE = {"is", "are", "was", "were", "been", "gets", "take", "takes", "took", "suffer", "suffers", "lose", "loses"}
_VERBS = frozenset(f"{_HIT} {_KILL} {_MISS} {_GAIN}".split())
_AVOIDS = {"dodge", "dodges", "dodged", "parry", "parries", "parried", "evade", "evades", "resist", "resists"}
_YOU = {"you", "your", "yourself", "du", "dir", "dich", "dein", "deine", "vous", "votre", "tu", "usted", "ты", "вы"}
_PREPOSITIONS = {
    "skill": {"with", "using", "via", "cast", "casts", "use", "uses", "mit", "avec", "con"},
    "doer": {"by", "from", "von", "durch", "par", "por"},
    "target": {"to", "on", "at", "against", "upon", "->", "an", "auf", "gegen", "sur", "contre", "contra"},
}
_OTHER = """the a an by from to on at against upon for of and has have had but it its his her their in die dies died
point points pts hp health hitpoints mana damage dmg experience xp exp critical critically crit glancing x value worth
non melee over time total reached level absorbed blocked taken evaded resisted suffered lost"""
GRAMMAR = _VERBS | _PASSIVE | _YOU | frozenset(f"with using via cast casts use uses {_OTHER}".split())
_TOKEN = re.compile(r"\d(?:[\d.,']*\d)?|(?:['’]s\b)|\w(?:[\w-]|['’](?!s\b))*|->|[^\w\s]")
_FIELDS = {
    "damage": {"attacker", "target", "skill"}, "miss": {"attacker", "target", "skill"},
    "heal": {"actor", "target", "skill"}, "kill": {"actor", "target", "xp"}, "death": {"cause"},
    "xp_gain": {"xp_type", "target"}, "loot": {"item"},
}  # fmt: skip
_GOT = {"loot": "item", "xp_gain": "xp_type"}
"""What a verb is followed by, where that is no target."""
NAME, NUMBER, WORD = "name", "number", "word"


class Part(Struct, frozen=True):
    """A piece of a sentence. `text`: of a word as it stands there; `gap`: the white space before it."""

    kind: str
    text: str
    gap: str


class SentenceRule(Struct, frozen=True):
    event: str
    pattern: str
    lines: int
    decimal: str = "."


def sentence_rules(bodies: Sequence[str]) -> list[SentenceRule]:
    """A rule for each shape of sentence that was seen twice, the most particular first."""
    words = _grammar(bodies)
    shapes: Counter[tuple[Part, ...]] = Counter()
    numbers: dict[tuple[Part, ...], list[str]] = {}
    for body in bodies:
        parts = tuple(_parts(body[:MAX_BODY], words))
        shape = tuple(Part(p.kind, p.text if p.kind == WORD else "", p.gap) for p in parts)
        shapes[shape] += 1
        numbers.setdefault(shape, []).extend(p.text for p in parts if p.kind == NUMBER)
    found: dict[str, SentenceRule] = {}
    order = sorted(shapes.items(), key=lambda item: (-sum(p.kind == WORD for p in item[0]), -item[1]))
    for shape, count in order:
        made = _rule(shape) if count > 1 or len(bodies) < 100 else None
        if made is not None and made[1] not in found:
            found[made[1]] = SentenceRule(*made, count, decimal_sign(numbers[shape]))
    return list(found.values())


def decimal_sign(numbers: Sequence[str]) -> str:
    """`,` where commas are followed by other than three digits, or points by three only (`1.234`); else `.`."""
    commas = [text.rsplit(",", 1)[1] for text in numbers if "," in text]
    points = [text.rsplit(".", 1) for text in numbers if "." in text]
    if any(len(tail) != 3 for tail in commas):
        return ","
    if points and not commas and all(len(tail) == 3 and head.strip("0") for head, tail in points):
        return ","
    return "."


def kind_of(text: str) -> str:
    return next((event for word, event in KINDS if re.search(word, text, re.IGNORECASE)), "")


def _grammar(bodies: Sequence[str]) -> frozenset[str]:
    """The words that are no names: of English where the log is English, else those that come again and again."""
    lower = [set(re.findall(r"[^\W\d_]+", body[:MAX_BODY].lower())) for body in bodies]
    numbered = [words for words, body in zip(lower, bodies, strict=True) if re.search(r"\d", body)]
    if sum(len(words & GRAMMAR) >= 2 for words in numbered) >= 0.5 * len(numbered):
        return GRAMMAR
    seen = Counter(word for body in bodies for word in set(re.findall(r"\b[^\W\d_A-ZÀ-Þ]+", body[:MAX_BODY])))
    said = {word for words in lower for word in words if kind_of(word)}
    return GRAMMAR | said | {word for word, count in seen.items() if count >= max(3, len(bodies) * 0.01)}


def _parts(body: str, grammar: frozenset[str]) -> Iterator[Part]:
    """The sentence with neighbouring words of a name made one."""
    last, end = "", 0
    for found in _TOKEN.finditer(body):
        text, gap = found[0], body[end : found.start()]
        if text[0].isdigit():
            kind = NUMBER
        elif not (text[0].isalnum() or text[0] == "_") or _is_grammar(text, grammar, first=not last):
            kind = WORD
        else:
            kind = NAME
        if kind != NAME or last != NAME:
            yield Part(kind, text, gap)
        last, end = kind, found.end()


def _is_grammar(word: str, grammar: frozenset[str], *, first: bool) -> bool:
    """A verb with a capital inside a sentence is a name: `Your Slash hits`."""
    return word.lower() in grammar and (first or word[0].islower() or word.lower() not in _VERBS)


def _rule(shape: Sequence[Part]) -> tuple[str, str] | None:
    """(event, pattern) of a shape; None where it is about nothing that is recorded."""
    start = _clause(shape)
    text = " ".join(part.text for part in shape[start:] if part.kind == WORD)
    kind = kind_of(text)
    words = [part.text.lower() for part in shape[start:] if part.kind == WORD]
    if not kind or (kind not in ("kill", "miss", "loot") and not any(part.kind == NUMBER for part in shape)):
        return None
    verbs = (i for i, part in enumerate(shape) if i >= start and part.kind == WORD and part.text.lower() in _VERBS)
    verb = next(verbs, len(shape))
    passive = _is_passive(kind, words)
    if kind == "xp_gain" and kind_of(re.sub(KINDS[1][0], "", text, flags=re.IGNORECASE)) == "kill":
        kind, passive = "kill", _is_passive("kill", words)
    if kind == "kill" and passive and words[0] in _YOU:
        kind = "death"
    roles = _Roles(kind, passive)
    pattern = "".join(
        roles.preface(part, at) if at < start else roles.take(part, at, shape, after_verb=at > verb)
        for at, part in enumerate(shape)
    )
    if kind in ("damage", "heal", "xp_gain") and "amount" not in roles.used:
        return None
    needed = {"loot": "item", "kill": "target"}.get(kind)
    if needed and needed not in roles.used:
        return None
    tail = r"\W*$" if shape[-1].kind == NAME else ""
    return kind, f"^{pattern}{tail}"


def _clause(shape: Sequence[Part]) -> int:
    """Where the clause of the first number begins: `Critical hit! You inflicted 35 points` begins at `You`."""
    number = next((at for at, part in enumerate(shape) if part.kind == NUMBER), 0)
    ends = (at for at in range(number - 1, -1, -1) if shape[at].text in ("!", ".", ";"))
    return next(ends, -1) + 1


def _is_passive(kind: str, words: Sequence[str]) -> bool:
    if kind in ("kill", "damage"):
        verb = next((i for i, word in enumerate(words) if word in _VERBS), len(words))
        return bool(_PASSIVE.intersection(words[:verb])) or "by" in words or "died" in words or "dies" in words
    return kind == "miss" and bool(_AVOIDS.intersection(words)) and "from" not in words


class _Roles:
    """Gives each part of a sentence its piece of the pattern."""

    def __init__(self, kind: str, passive: bool) -> None:
        self._kind, self._fields = kind, _FIELDS[kind]
        doer = "attacker" if kind in ("damage", "miss") else "cause" if kind == "death" else "actor"
        self._doer = doer
        self._next = "target" if passive and kind != "heal" else doer
        self._passive = passive
        self.used: set[str] = set()

    def preface(self, part: Part, at: int) -> str:
        """A part of an earlier clause: only a critical hit is taken from it."""
        gap = part.gap if at else ""
        if part.kind != WORD:
            return gap + (".+?" if part.kind == NAME else AMOUNT)
        return gap + (self._critical(part.text) or plain(part.text))

    def take(self, part: Part, at: int, shape: Sequence[Part], *, after_verb: bool) -> str:
        gap = part.gap if at else ""
        if part.kind == NUMBER:
            return gap + self._number(at, shape)
        if part.kind == NAME:
            return gap + (self._group(self._next or ("" if after_verb else "skill"), ".+?") or ".+?")
        return gap + self._word(part.text, after_verb)

    def _number(self, at: int, shape: Sequence[Part]) -> str:
        before = next((p.text.lower() for p in reversed(shape[:at]) if p.kind == WORD and p.text not in "(:"), "")
        if self._kind == "loot":
            role = "value" if before in ("value", "worth") else "count"
        else:
            role = {"kill": "xp", "miss": "", "death": ""}.get(self._kind, "amount")
        return self._group(role, AMOUNT, always=True) or AMOUNT

    def _word(self, text: str, after_verb: bool) -> str:
        word = text.lower()
        group = ""
        if word in _YOU:
            role = "target" if word == "yourself" or (after_verb and word == "you") else self._next
            if self._passive and self._kind == "miss" and word == "your":
                role = self._doer
            group = self._group(role, plain(text))
            if word == "your":
                self._next = "skill"
        elif word in ("'s", "’s"):
            self._next = "skill"
        elif word in _PREPOSITIONS["doer"]:
            self._next = "target" if self._kind == "xp_gain" else self._doer
        elif word in _PREPOSITIONS["target"]:
            self._next = "target"
        elif word in _PREPOSITIONS["skill"]:
            self._next = "skill"
        elif (word in _VERBS and not word.startswith("crit")) or (word.isalpha() and word not in GRAMMAR):
            self._next = {"loot": "item", "xp_gain": "xp_type"}.get(
                self._kind, self._doer if self._passive else "target"
            )
        return group or self._critical(text) or plain(text)

    def _critical(self, text: str) -> str:
        critical = self._kind == "damage" and text.lower().startswith("crit")
        return self._group("critical", plain(text), always=True) if critical else ""

    def _group(self, role: str, body: str, *, always: bool = False) -> str:
        if not role or role in self.used or not (always or role in self._fields):
            return ""
        self.used.add(role)
        self._next = "" if role == self._next else self._next
        return f"(?P<{role}>{body})"


def plain(text: str) -> str:
    """Text as a pattern that matches it, with no backslash that is not needed."""
    return re.sub(r"\\([ '\"!,:;#&~@%=<>-])", r"\1", re.escape(text))
