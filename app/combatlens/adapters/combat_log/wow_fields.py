"""The fields of a World of Warcraft line, by their places."""

from __future__ import annotations

import csv


def fields_of(body: str) -> list[str]:
    """Split at commas, but not within quotes."""
    fields = body.split(",")
    escaped = "\\" in body
    for name in fields[2:9:3] if units_end(fields) == 7 else fields[2:11:4]:
        if escaped or (name[:1] == '"' and (len(name) < 2 or name[-1] != '"')):
            break  # a quotation begins in the field and does not end in it
    else:
        return fields
    try:
        return next(csv.reader([body], escapechar="\\"), [""])
    except csv.Error:
        return fields


def whole(text: str) -> bool:
    return text.isdecimal() and len(text) < 16


def units_end(fields: list[str]) -> int:
    """The first field after both units: the oldest clients write no raid flags."""
    return 7 if len(fields) > 4 and len(fields[4]) == 18 and fields[4].startswith("0x") else 9


def critical(suffix: list[str]) -> bool:
    """amount, [unmitigated,] [overkill,] school, resisted, blocked, absorbed, critical, glancing, crushing [, off hand]

    No overkill is -1 (0 in older clients) and no school is; a killing blow of ten fields is told by its absorbed part.
    """
    count = len(suffix)
    if count <= 8:
        at = 5
    elif count == 9 or suffix[1] == "-1":
        at = 6
    elif suffix[2] == "-1" or count > 10:
        at = 7
    else:
        at = 6 if suffix[6] in ("nil", "1") and suffix[7] == "nil" else 7
    return count > at and suffix[at] == "1"
