"""The words by which a log of an unknown game is understood, in the languages that game clients speak most."""

from __future__ import annotations

import re

KINDS: tuple[tuple[str, str], ...] = (
    (
        "xp_gain",
        r"experience|\bxp\b|\bexp\b|erfahrung|expérience|experiencia|experiência|esperienza|опыт|经验|経験|경험",
    ),
    ("heal", r"\bheal(?!th)|restore[sd]?\b|regenerat|\bheil|\bsoign|guéri|\bcura|исцел|восстан|\bлечит|治疗|回復|회복"),
    (
        "miss",
        r"\bmiss(?:es|ed)?\b|dodge|parr(?:y|ie)|evade|resist|\bblock|verfehl|ausweich|ausgewichen|parier|esquiv|\brate[zs]?\b|manque"
        r"|\bfalla|\berra|промах|уклон|парир",
    ),
    (
        "damage",
        r"damage|\bdmg\b|\bhits?\b|strikes?\b|\bcrits?\b|wounds?\b|slash|smash|inflict|melee|\bdot\b|hit ?points"
        r"|schaden|trefft|trifft|triffst|dégâts|inflig|frapp|touche|daño|golpe|\bdano\b|danni|colpi|урон|нанос|伤害|傷害|ダメージ|피해",
    ),
    (
        "kill",
        r"kill|slain|slay|defeat|destroy|\bdies?\b|\bdied\b|death|getötet|tötet|besieg|erschlag|gestorben|\btu(?:é|ez|es)\b"
        r"|vaincu|\bmata|mataste|derrot|ucci[sd]|убил|убит|погиб|умер|击杀|倒した|처치",
    ),
    (
        "loot",
        r"\bloot|receive|picke?d? up|obtain|acquire|erhaltet|erhältst|erbeut|plünder|recevez|obtenez|butin|recibes"
        r"|obtienes|recebeu|ottieni|получ",
    ),
)
"""In the order in which they are tried: `gain 5 experience for the kill` is XP."""
_GAINS = re.compile(r"\b(?:gain|earn|receive)(?:s|ed)?\b", re.IGNORECASE)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in KINDS)
CRITICAL = re.compile(r"crit|kritisch|crítico|critique|крит", re.IGNORECASE)
PASSIVE = frozenset(("by", "von", "durch", "par", "por", "da", "от"))
SUFFERING = frozenset(
    ("lose", "loses", "lost", "suffer", "suffers", "take", "takes", "taken", "took", "verliert", "verlierst",
     "erleidet", "erleidest", "perd", "perdez", "pierde", "pierdes", "sufre", "sufres", "perde",
     "теряет", "теряете", "получаете")
)  # fmt: skip
"""Verbs whose subject is the one that is hurt."""
BEING = frozenset(("was", "were", "been", "is", "are", "wurde", "wird", "werdet", "est", "êtes", "fue", "es", "foi"))
YOU = frozenset(
    ("you", "your", "yourself", "ihr", "euch", "euer", "du", "dich", "dir", "vous", "votre", "tú", "usted", "você",
     "voi", "вы", "вас", "вам", "ты", "тебя", "тебе")
)  # fmt: skip
ENGLISH_YOU = frozenset(("you", "your", "yourself"))
ARTICLES = frozenset(
    ("the", "a", "an", "der", "die", "das", "den", "dem", "ein", "eine", "einen", "einem", "le", "la", "les", "un",
     "une", "el", "los", "las", "una", "o", "os", "il")
)  # fmt: skip
BEFORE_SKILL = frozenset(("with", "using", "via", "mit", "avec", "con", "com", "умением", "способностью", "'s", "’s"))
FUNCTION = BEFORE_SKILL | PASSIVE | SUFFERING | BEING | frozenset(
    ("for", "from", "to", "of", "and", "but", "is", "are", "was", "were", "has", "have", "been", "on", "at", "in",
     "points", "point", "health", "value", "due", "attack", "für", "um", "und", "aber", "habt", "hast", "hat", "seid",
     "sich", "punkte", "pour", "de", "et", "mais", "avez", "ont", "pero", "y", "para", "за", "на", "и", "но", "ед",
     "angriff", "attaque")
)  # fmt: skip
CHANNELS = frozenset(
    ("combat", "system", "chat", "info", "battle", "log", "loot", "kampf", "local", "damage", "event", "game", "server",
     "debug", "warn", "xp", "exp", "fight", "combate", "system", "бой")
)  # fmt: skip

COLUMNS: dict[str, str] = {
    "kind": r"event|type|kind|action|eventtype|category|ereignis|typ|tipo",
    "source": r"source|src|attacker|actor|caster|from|who|player|by|quelle|angreifer|origen|origem|sourcename|unit",
    "target": r"target|dst|dest|destination|victim|defender|to|ziel|opfer|objetivo|alvo|cible|targetname|destname|mob",
    "skill": r"skill|ability|spell|spellname|attack|power|move|fähigkeit|zauber|habilidad|weapon|abilityname|skillname",
    "amount": r"amount|damage|dmg|value|val|points|total|schaden|daño|dégâts|quantity|heal|xp|exp|gain|hit",
    "critical": r"crit|critical|iscrit|iscritical|flags?|mods?|notes?|tags?|kritisch",
    "item": r"item|itemname|loot|gegenstand|objet|objeto",
    "count": r"count|qty|anzahl|number",
    "time": r"time|timestamp|ts|date|datetime|zeit|when|at|hora|fecha|heure|t",
}
"""What the names of columns and keys mean; names are compared without `_`, `-`, blanks and capitals."""


def literal(text: str) -> str:
    """Text as a pattern says it outright; blanks stay readable."""
    return re.escape(text).replace("\\ ", " ").replace("\\'", "'")


def kind_of(text: str) -> str:
    """The event that a sentence or the name of an event tells of; "" for none."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]", " ", text)
    found = next((kind for kind, pattern in _KINDS if pattern.search(words)), "")
    return found or ("xp_gain" if _GAINS.search(words) else "")


def tells_a_kill(text: str) -> bool:
    """Whether a sentence about XP tells of the kill itself, and not only what the XP is for."""
    kill = next(pattern for kind, pattern in _KINDS if kind == "kill")
    return kill.search(text) is not None and _GAINS.search(text) is None


def is_word_of_a_kind(word: str) -> bool:
    return any(pattern.search(word) for _, pattern in _KINDS) or CRITICAL.search(word) is not None


def column_of(name: str) -> str:
    """What a column is, by its name; "" where the name says nothing."""
    plain = re.sub(r"[\s_\-\"']", "", name).lower()
    return next((role for role, pattern in COLUMNS.items() if re.fullmatch(pattern, plain)), "")


def decimal_sign(numbers: list[str]) -> str:
    """`.` or `,`: which of them separates decimals in these numbers, the other being for thousands."""
    text = " ".join(numbers) + " "
    commas = len(re.findall(r"\d,(?:\d{1,2}|\d{4,})(?= )", text)) + len(re.findall(r"\d\.\d{3},\d", text))
    dots = len(re.findall(r"\d\.(?:\d{1,2}|\d{4,})(?= )", text)) + len(re.findall(r"\d,\d{3}\.\d", text))
    if commas or dots:
        return "," if commas > dots else "."
    thousands = re.search(r"(?<![\d.])\d{1,3}\.\d{3}(?= )", text) is not None
    plain = re.search(r"(?<![\d.,])\d{4,}(?= )", text) is not None
    return "," if thousands and not plain else "."
