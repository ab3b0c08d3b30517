"""One file of the inbox: how far it was read, whether it still is the same file, and its next lines."""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import BinaryIO

from msgspec import Struct

CHUNK = 1024 * 1024
MAX_LINE = 512 * 1024
CHECKED = 256
"""Bytes before the place reached that must still be there for a file to be the same."""
_BOM = b"\xef\xbb\xbf"


class Position(Struct, frozen=True, kw_only=True):
    """All before `offset` is committed. `check` is the digest of the last bytes before it, `inode` the file's number.

    A generation is the life of one file: equal lines at equal places of one generation are the same fact.
    """

    generation: str
    inode: int
    offset: int = 0
    check: str = ""


class Line(Struct, frozen=True):
    """`end` is the offset behind its line break; `text` is None for a line over MAX_LINE."""

    start: int
    end: int
    text: bytes | None


def place(file: BinaryIO, before: Position | None) -> Position:
    """Where to read on in a file of which `before` was the position.

    Appended to: there. Rewritten, cut or another file of that name: from its beginning. Lines that carry a time or an
    id say themselves whether they are the same facts as before, so they keep the generation; others are new facts.
    """
    status = os.fstat(file.fileno())
    if before is None:
        return Position(generation=secrets.token_hex(8), inode=status.st_ino)
    grown = status.st_size >= before.offset and _digest(file, before.offset) == before.check
    if grown and status.st_ino == before.inode:
        return before
    if not _names_its_facts(file):
        return Position(generation=secrets.token_hex(8), inode=status.st_ino)
    if grown:
        return Position(generation=before.generation, inode=status.st_ino, offset=before.offset, check=before.check)
    return Position(generation=before.generation, inode=status.st_ino)


def advanced(file: BinaryIO, position: Position, offset: int) -> Position:
    return Position(generation=position.generation, inode=position.inode, offset=offset, check=_digest(file, offset))


def read_lines(file: BinaryIO, offset: int, most: int) -> list[Line]:
    """The next whole lines from `offset`, at most `most`; [] when there is none. A half-written last line waits."""
    file.seek(offset)
    chunk = file.read(CHUNK)
    lines: list[Line] = []
    start = 0
    while len(lines) < most and (stop := chunk.find(b"\n", start)) >= 0:
        text = chunk[start:stop]
        if offset + start == 0:
            text = text.removeprefix(_BOM)
        lines.append(Line(offset + start, offset + stop + 1, text.strip() if len(text) <= MAX_LINE else None))
        start = stop + 1
    if not lines and len(chunk) == CHUNK:
        return _overlong(file, offset)
    return lines


def line_id(position: Position, line: Line) -> str:
    """The id of a line that has none: the same at every reading, in every run."""
    named = f"{position.generation}:{line.start}:".encode() + (line.text or b"")
    return f"inbox-{hashlib.blake2b(named, digest_size=16).hexdigest()}"


def _overlong(file: BinaryIO, offset: int) -> list[Line]:
    """A line without end in sight: its end is looked for, so that the next one can be read."""
    while chunk := file.read(CHUNK):
        stop = chunk.find(b"\n")
        if stop >= 0:
            return [Line(offset, file.tell() - len(chunk) + stop + 1, None)]
    return []


def _digest(file: BinaryIO, offset: int) -> str:
    start = max(0, offset - CHECKED)
    file.seek(start)
    return hashlib.blake2b(file.read(offset - start), digest_size=16).hexdigest() if offset else ""


def _names_its_facts(file: BinaryIO) -> bool:
    file.seek(0)
    first = file.readline(MAX_LINE)
    return b'"at"' in first or b'"id"' in first
