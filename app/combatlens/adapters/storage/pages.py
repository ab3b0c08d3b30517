"""Rows of a SQLite file whose trees are broken: every leaf of a table that is still there says what it holds.

https://www.sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LEAF = 13
"""The kind of page that holds a table's rows."""

HEADER = 100
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Serial type -> bytes of a whole number."""

Row = tuple[int, list[Any]]
"""rowid, and the columns in their order; text is str, other bytes are bytes."""


def rows_of(path: Path, page_size: int) -> Iterator[Row]:
    """The rows of all tables mixed, as they lie in the file. What cannot be read is passed over."""
    with path.open("rb") as file:
        last = path.stat().st_size // page_size

        def page(number: int) -> bytes:
            if not 1 <= number <= last:
                raise ValueError("a page beyond the end")
            file.seek((number - 1) * page_size)
            return file.read(page_size)

        free = _free(page)
        for number in range(1, last + 1):
            if number in free:
                continue
            content = page(number)
            start = HEADER if number == 1 else 0
            if content[start] != LEAF:
                continue
            count = struct.unpack_from(">H", content, start + 3)[0]
            for place in range(start + 8, min(start + 8 + 2 * count, page_size - 1), 2):
                try:
                    yield _cell(content, struct.unpack_from(">H", content, place)[0], page)
                except (ValueError, IndexError, struct.error, UnicodeDecodeError):
                    continue


def _free(page: Callable[[int], bytes]) -> set[int]:
    """Pages that were given back: what was deleted stands in them still."""
    found: set[int] = set()
    try:
        trunk = struct.unpack_from(">I", page(1), 32)[0]
        while trunk and trunk not in found:
            found.add(trunk)
            content = page(trunk)
            trunk, count = struct.unpack_from(">II", content)
            found.update(struct.unpack_from(f">{min(count, len(content) // 4 - 2)}I", content, 8))
    except (ValueError, struct.error):
        pass
    return found


def _cell(content: bytes, at: int, page: Callable[[int], bytes]) -> Row:
    size, at = _varint(content, at)
    rowid, at = _varint(content, at)
    usable = len(content)
    if size > 1 << 30:
        raise ValueError("no such row")
    most, least = usable - 35, (usable - 12) * 32 // 255 - 23
    here = size
    if size > most:
        here = least + (size - least) % (usable - 4)
        here = here if here <= most else least
    if at + here > usable:
        raise ValueError("a row beyond its page")
    payload = content[at : at + here]
    following = struct.unpack_from(">I", content, at + here)[0] if here < size else 0
    while len(payload) < size:
        overflow = page(following)
        payload += overflow[4 : 4 + size - len(payload)]
        following = struct.unpack_from(">I", overflow)[0]
    return rowid, _columns(payload)


def _columns(payload: bytes) -> list[Any]:
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    found: list[Any] = []
    at = end
    for kind in kinds:
        if kind in (0, 8, 9):
            value: Any = {0: None, 8: 0, 9: 1}[kind]
            size = 0
        elif kind in _INTEGERS:
            size = _INTEGERS[kind]
            value = int.from_bytes(payload[at : at + size], "big", signed=True)
        elif kind == 7:
            size = 8
            value = struct.unpack_from(">d", payload, at)[0]
        elif kind >= 12:
            size = (kind - 12) // 2
            raw = payload[at : at + size]
            value = raw.decode() if kind % 2 else raw
        else:
            raise ValueError("no such kind of value")
        found.append(value)
        at += size
    if at != len(payload):
        raise ValueError("a row of another length")
    return found


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(9):
        byte = content[at + step]
        if step == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + step + 1
    raise AssertionError("nine bytes at most")
