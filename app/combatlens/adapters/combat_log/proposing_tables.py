"""Rules for logs whose lines are rows: separated values, `key=value` pairs, or JSON objects."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from combatlens.adapters.combat_log.proposing_words import column_of, decimal_sign, kind_of, literal

_PAIR = re.compile(r"([A-Za-z_][\w.\-]*)=(\"[^\"]*\"|[^\s,;|]*)")
_NUMBER = re.compile(r"-?\d[\d.,]*")
_MOST = 0.6
_MAX_RULES = 40

GROUPS: dict[str, dict[str, str]] = {
    "damage": {"source": "attacker", "target": "target", "skill": "skill", "amount": "amount", "critical": "critical"},
    "miss": {"source": "attacker", "target": "target", "skill": "skill"},
    "heal": {"source": "actor", "target": "target", "skill": "skill", "amount": "amount"},
    "kill": {"source": "actor", "target": "target"},
    "death": {"source": "actor", "target": "cause"},
    "xp_gain": {"amount": "amount"},
    "loot": {"source": "actor", "item": "item", "count": "count"},
}
"""Which group of which event a column becomes."""


class Cell(Struct, frozen=True):
    """One column of a row: its name ("" where the log gives none), its role, its text."""

    name: str
    role: str
    text: str


class Draft(Struct, frozen=True, kw_only=True):
    """A rule to be proposed, and how many lines of the sample look like it."""

    event: str
    pattern: str
    count: int
    more: dict[str, Any] = {}


def table_rules(bodies: Sequence[str]) -> list[Draft]:
    """Rules for rows; none where the lines are no rows or tell of nothing known."""
    for reader, writer in ((_json_rows, _json_cell), (_pair_rows, _pair_cell)):
        rows = reader(bodies)
        if rows:
            return _rules(rows, partial(_keyed, write=writer))
    for delimiter in ("\t", ";", "|", ","):
        rows, head = _separated_rows(bodies, delimiter)
        if rows:
            rules = _rules(rows, partial(_separated, delimiter=delimiter))
            return [*rules, Draft(event="ignore", pattern=f"^{literal(head)}$", count=1)] if rules and head else rules
    return []


# ---------------------------------------------------------------------- rows


def _json_rows(bodies: Sequence[str]) -> list[list[Cell]]:
    rows = []
    for body in bodies:
        text = body if body.startswith("{") else "{" + body.lstrip(", ")
        try:
            found = json.loads(text)
        except ValueError:
            continue
        if isinstance(found, dict):
            rows.append(_cells(list(found), [_plain(value) for value in found.values()]))
    return rows if len(rows) >= _MOST * len(bodies) else []


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cells(names: list[str], texts: list[str]) -> list[Cell]:
    return [Cell(*cell) for cell in zip(names, _once([column_of(name) for name in names]), texts, strict=True)]


def _pair_rows(bodies: Sequence[str]) -> list[list[Cell]]:
    found = [_PAIR.findall(body) for body in bodies]
    rows = [_cells([key for key, _ in pairs], [text.strip('"') for _, text in pairs]) for pairs in found]
    full = [row for row in rows if len(row) >= 2]
    return full if len(full) >= _MOST * len(bodies) else []


def _separated_rows(bodies: Sequence[str], delimiter: str) -> tuple[list[list[Cell]], str]:
    """(the rows, the line that names the columns or "")."""
    split = [next(csv.reader([body], delimiter=delimiter), []) for body in bodies]
    width = Counter(len(row) for row in split if len(row) >= 4).most_common(1)
    if not width or width[0][1] < _MOST * len(bodies):
        return [], ""
    columns = width[0][0]
    rows = [[text.strip() for text in row] for row in split if len(row) == columns]
    at = next((i for i, row in enumerate(split) if sum(bool(column_of(text)) for text in row) >= 3), None)
    names, roles = [""] * columns, []
    if at is not None:  # the time is cut off the rows, but not off the names
        head = [text.strip() for text in split[at]]
        head = head if len(head) == columns else [text for text in head if column_of(text) != "time"]
        if len(head) == columns:
            names, roles = head, _once([column_of(name) for name in head])
    roles = roles or _guessed(rows)
    cells = [[Cell(*cell) for cell in zip(names, roles, row, strict=True)] for row in rows if row != names]
    return cells, "" if at is None else bodies[at]


def _once(roles: list[str]) -> list[str]:
    """A role is given to the first column that has it."""
    return [role if role and roles.index(role) == at else "" for at, role in enumerate(roles)]


def _guessed(rows: list[list[str]]) -> list[str]:
    """Roles by content: words of events, numbers, then source, target and skill in their usual order."""
    roles, names = [], ["source", "target", "skill"]
    for column in zip(*rows, strict=True):
        filled = [text for text in column if text]
        numbers = sum(_NUMBER.fullmatch(text) is not None for text in filled)
        if "kind" not in roles and sum(bool(kind_of(text)) for text in filled) > 0.5 * len(column):
            roles.append("kind")
        elif filled and numbers > 0.9 * len(filled):
            roles.append("" if "amount" in roles or len(set(filled)) < 3 else "amount")
        elif filled and sum("crit" in text.lower() for text in filled) > 0.5 * len(filled):
            roles.append("critical")
        else:
            roles.append(names.pop(0) if names and filled else "")
    return roles


# ---------------------------------------------------------------------- rules


def _rules(rows: list[list[Cell]], write: Callable[[list[Cell], dict[str, str]], str]) -> list[Draft]:
    """One rule for each sort of event and each set of columns."""
    sorts: dict[tuple[str, tuple[str, ...]], list[list[Cell]]] = {}
    for row in rows:
        kind = next((cell.text for cell in row if cell.role == "kind"), "")
        sorts.setdefault((kind, tuple(cell.name for cell in row)), []).append(row)
    drafts = []
    for (kind, _), same in sorts.items():
        roles = {cell.role for cell in same[0]}
        event = _event(kind, roles)
        wanted = {role: group for role, group in GROUPS.get(event, {}).items() if role in roles}
        if not wanted or (event in ("damage", "heal", "xp_gain") and "amount" not in wanted):
            continue
        more: dict[str, Any] = {}
        amounts = [cell.text for row in same for cell in row if cell.role == "amount" and cell.text]
        if "amount" in wanted and decimal_sign(amounts) == ",":
            more["decimal"] = ","
        drafts.append(Draft(event=event, pattern=write(same[0], wanted), count=len(same), more=more))
    return sorted(drafts, key=lambda draft: -draft.count)[:_MAX_RULES]


def _event(kind: str, roles: set[str]) -> str:
    if kind:
        found = kind_of(kind)
        if found == "kill" and re.search(r"death|die|tod|mort|muert", kind, re.IGNORECASE):
            return "death"
        return "loot" if found == "loot" and "item" in roles else "" if found == "loot" else found
    return "damage" if {"source", "target", "amount"} <= roles else ""


def _group(cell: Cell, wanted: dict[str, str], inside: str) -> str:
    """What a cell's text is matched by: its own text where it names the event, a group, or anything."""
    if cell.role == "kind":
        return literal(cell.text)
    name = wanted.get(cell.role)
    if name == "critical" and not re.fullmatch(r"(?i)true|false|0|1|yes|no|[ynft]", cell.text):
        return f"{inside}*?(?P<critical>(?i:crit{inside}*))?{inside}*?" if inside != "." else f"{inside}*?"
    return f"(?P<{name}>{inside}*)" if name else f"{inside}*"


def _separated(row: list[Cell], wanted: dict[str, str], delimiter: str) -> str:
    mark = literal(delimiter)
    inside = f'[^{mark}"]'
    return "^" + mark.join(rf'\s*"?{_group(cell, wanted, inside)}"?\s*' for cell in row) + "$"


def _keyed(row: list[Cell], wanted: dict[str, str], write: Callable[[Cell, str], str]) -> str:
    cells = [cell for cell in row if cell.role == "kind" or cell.role in wanted]
    return ".*?".join(
        write(cell, _group(cell, wanted, r'[^",}]' if write is _json_cell else r'[^\s",;|]')) for cell in cells
    )


def _json_cell(cell: Cell, group: str) -> str:
    return rf'"{literal(cell.name)}"\s*:\s*"?{group}'


def _pair_cell(cell: Cell, group: str) -> str:
    return rf'\b{literal(cell.name)}="?{group}'
