"""From a log of fields to rules: `key=value` pairs, JSON objects, and columns with a delimiter.

What a field is called says what it is; columns without a heading go by what stands in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from combatlens.adapters.combat_log.sentences import AMOUNT, SentenceRule, decimal_sign, kind_of, plain

_NAMES: dict[str, str] = {
    "attacker": "attacker source src from by actor caster who player unit dealer origin",
    "target": "target tgt dst dest destination to victim on mob enemy monster defender npc",
    "skill": "skill ability spell using with move weapon attack",
    "amount": "amount amt damage dmg value val hit points xp exp experience heal healing total",
    "critical": "critical crit iscrit is_crit",
    "item": "item loot drop",
    "count": "count quantity qty",
}
_ROLE = {name: role for role, names in _NAMES.items() for name in names.split()}
_TYPE = {"event", "type", "kind", "action", "msg", "message", "op", "category", "evt"}
_PAIR = re.compile(
    r"""(?P<quote>"?)(?P<key>[A-Za-z_][\w.-]*)(?P=quote)\s*(?P<sign>[=:])\s*(?P<value>"[^"]*"|[^\s,;|}\]]+)"""
)
_TRUE = r"(?:true|yes|1|crit\w*)"
_FIELDS = {
    "damage": {name: name for name in ("attacker", "target", "skill", "amount", "critical")},
    "miss": {name: name for name in ("attacker", "target", "skill")},
    "heal": {"attacker": "actor", "target": "target", "skill": "skill", "amount": "amount"},
    "kill": {"attacker": "actor", "target": "target"},
    "xp_gain": {"amount": "amount", "target": "target"},
    "loot": {"item": "item", "count": "count"},
}  # fmt: skip
_NEEDED = {"damage": "amount", "heal": "amount", "xp_gain": "amount", "kill": "target", "loot": "item", "miss": "skill"}

_Field = tuple[str, str]
"""(what it is called, its text)."""


def pair_rules(bodies: Sequence[str]) -> list[SentenceRule]:
    """Rules for `key=value` pairs and JSON; none where under six lines of ten hold two pairs."""
    lines = [(list(_pairs(body)), body) for body in bodies]
    if sum(len(fields) >= 2 for fields, _ in lines) < 0.6 * len(lines):
        return []
    shapes: dict[tuple[tuple[str, ...], str, str], list[list[_Field]]] = {}
    for fields, body in lines:
        said = next((text for key, text in fields if key.lower() in _TYPE), "")
        lead = body[: body.find(fields[0][0])].strip(' "{') if fields else ""
        shapes.setdefault((tuple(key for key, _ in fields), said, lead if lead.isalpha() else ""), []).append(fields)
    found = []
    for (keys, said, lead), rows in shapes.items():
        kind = kind_of(f"{said} {lead}".replace("_", " ")) or _kind_by_names(keys)
        roles = _assign(kind, [key.lower() for key, _ in rows[0]])
        quote, gap = ('"?', r"[\s,;|&}]*") if any('"' in body for _, body in lines) else ("", r"[\s,;|&]+")
        pieces = []
        for (key, text), role in zip(rows[0], roles, strict=True):
            value = plain(text) if key.lower() in _TYPE else _value(role) if role else ".*?"
            sign = r"\s*[=:]\s*" if quote else "="
            pieces.append(f"{quote}{plain(key)}{quote}{sign}{quote}{value}{quote}")
        front = rf"\b{plain(lead)}\b.*?" if lead else ""
        made = _finish(kind, roles, front + gap.join(pieces) + r"\W*$", rows)
        if made is not None:
            found.append(made)
    return found


def column_rules(bodies: Sequence[str]) -> list[SentenceRule]:
    """Rules for lines of columns; none where no delimiter cuts eight lines of ten alike."""
    for delimiter in "\t|;,":
        counts = Counter(body.count(delimiter) for body in bodies)
        width, lines = counts.most_common(1)[0]
        if width >= 3 and lines >= 0.8 * len(bodies):
            rows = [body.split(delimiter) for body in bodies if body.count(delimiter) == width]
            head = bodies[0].split(delimiter)
            if len(head) == width + 2:  # a heading still names the time that the rows have lost
                rows.insert(0, head[1:])
            return _columns(delimiter, [[cell.strip(' "') for cell in row] for row in rows])
    return []


def _columns(delimiter: str, rows: list[list[str]]) -> list[SentenceRule]:
    head = [cell.lower() for cell in rows[0]]
    titled = (
        not any(re.fullmatch(AMOUNT, cell) for cell in head)
        and sum(cell in _ROLE or cell in _TYPE for cell in head) > 1
    )
    rows = rows[1:] if titled else rows
    said = _type_column(head if titled else [], rows)
    shapes: dict[str, list[list[str]]] = {}
    for row in rows:
        shapes.setdefault(row[said] if said is not None else "", []).append(row)
    found = []
    for text, group in shapes.items():
        kind = kind_of(text.replace("_", " ")) or ("" if said is not None else _kind_by_names(head) or "damage")
        roles = _assign(kind, head) if titled else _guess(kind, group, said)
        if said is not None:
            roles[said] = ""
        cut = plain(delimiter)
        empty = rf"[^{cut}]*"
        cells = [
            rf'\s*"?{plain(text)}"?\s*' if at == said else rf'\s*"?{_value(role, delimiter)}"?\s*' if role else empty
            for at, role in enumerate(roles)
        ]
        while len(cells) > 1 and cells[-1] == empty:
            cells.pop()
        made = _finish(kind, roles, "^" + cut.join(cells), [[("", cell) for cell in row] for row in group])
        if made is not None:
            found.append(made)
    return found


def _type_column(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column that says what happened: by its heading, else the one of a few words most of which are of combat."""
    for at, name in enumerate(head):
        if name in _TYPE:
            return at
    for at in range(len(rows[0]) if rows else 0):
        words = Counter(row[at] for row in rows)
        known = sum(count for word, count in words.items() if kind_of(word.replace("_", " ")))
        if len(words) <= 30 and known >= 0.5 * len(rows):
            return at
    return None


def _guess(kind: str, rows: Sequence[Sequence[str]], said: int | None) -> list[str]:
    """Roles of columns without headings: names in the order attacker, target, skill; the last number is the amount."""
    free: list[str] = [name for name in ("attacker", "target", "skill") if name in _FIELDS.get(kind, {})]
    if kind == "loot":
        free = ["item"]
    width = len(rows[0])
    roles = [""] * width
    numbers = [at for at in range(width) if all(re.fullmatch(AMOUNT, row[at]) for row in rows)]
    for at in range(width):
        cells = {row[at] for row in rows}
        if at != said and at not in numbers and free and all(re.search(r"[^\W\d_]", cell) for cell in cells):
            roles[at] = _FIELDS[kind][free.pop(0)]
    if numbers and "amount" in _FIELDS.get(kind, {}):
        roles[numbers[-1]] = "amount"
    return roles


def _assign(kind: str, names: Sequence[str]) -> list[str]:
    """The role of each field by its name; each role once."""
    fields, roles = dict(_FIELDS.get(kind, {})), []
    for name in names:
        roles.append(fields.pop(_ROLE.get(name, ""), ""))
    return roles


def _kind_by_names(names: Sequence[str]) -> str:
    return next((kind for name in names if (kind := kind_of(str(name).replace("dmg", "damage")))), "")


def _pairs(body: str) -> Iterator[_Field]:
    for found in _PAIR.finditer(body[:1000]):
        if found["sign"] == "=" or found["quote"]:
            yield found["key"], found["value"].strip('"')


def _value(role: str, delimiter: str = "") -> str:
    if role in ("amount", "count"):
        return f"(?P<{role}>{AMOUNT})"
    if role == "critical":
        return rf"(?:(?P<critical>(?i:{_TRUE}))|\w*)"
    return rf'(?P<{role}>[^"{plain(delimiter)}]*?)'


def _finish(kind: str, roles: Sequence[str], pattern: str, rows: Sequence[Sequence[_Field]]) -> SentenceRule | None:
    if not kind or _FIELDS[kind].get(_NEEDED[kind], "") not in roles:
        return None
    at = roles.index("amount") if "amount" in roles else -1
    return SentenceRule(kind, pattern, len(rows), decimal_sign([row[at][1] for row in rows] if at >= 0 else []))
