"""Bytes of a log into lines, cut anywhere: UTF-8 with or without BOM, UTF-16, and the Windows code page for the rest.

A file is not trusted to be in one encoding: each line that is no UTF-8 is read as cp1252, which never fails. NUL bytes,
as a crash or a copied and emptied file leaves them, end a line as a line feed does; a run of them is no line.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from combatlens.domain.errors import EnvironmentFault

MAX_LINE = 16384
"""Bytes of a line that are looked at; the rest of a longer one is passed over."""

MAX_CHARACTERS = MAX_LINE // 4
BLOCK = 524_288

_NULS_FIRST = re.compile(rb"^\0+", re.MULTILINE)
_NULS = re.compile(rb"\0+")
_UTF16 = {"utf-16-le": b"\n\x00", "utf-16-be": b"\x00\n"}
_NAMES = {
    "latin-1": "latin-1",
    "iso8859-1": "latin-1",
    "cp1252": "cp1252",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


def encoding_of(head: bytes) -> str:
    """What the first bytes of a file say: "utf-16-le", "utf-16-be", or "" for UTF-8 with cp1252 as its second."""
    if head.startswith(codecs.BOM_UTF16_LE) or (len(head) >= 4 and head[1] == 0 and head[3] == 0 and head[0]):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or (len(head) >= 4 and head[0] == 0 and head[2] == 0 and head[1]):
        return "utf-16-be"
    return ""


def decode_line(raw: bytes) -> str:
    """One line that is UTF-8, or else cp1252 with latin-1 for its holes."""
    if len(raw) > MAX_LINE:
        return raw[:MAX_LINE].decode("utf-8", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        try:
            return raw.decode("cp1252")
        except UnicodeDecodeError:
            return raw.decode("latin-1")


class LineSplitter:
    """Feeds on blocks of bytes, gives whole lines. `done`: bytes up to the end of the last whole line."""

    def __init__(self, encoding: str = "auto", *, done: int = 0) -> None:
        self.done = done
        self._fed = done
        self._rest = b""
        self._encoding: str | None = None
        if encoding not in ("", "auto"):
            try:
                name = codecs.lookup(encoding).name
            except LookupError as error:
                raise EnvironmentFault(f"no encoding is called {encoding!r}", "write auto, utf-8 or cp1252") from error
            self._encoding = _NAMES.get(name, "" if name.startswith("utf-8") else name)

    def know(self, head: bytes) -> None:
        """Say what the file begins with, for a splitter that starts in its midst."""
        if self._encoding is None and len(head) >= 4:
            self._encoding = encoding_of(head)

    @property
    def pending(self) -> bytes:
        """The unfinished last line."""
        return self._rest

    def feed(self, block: bytes) -> list[str]:
        """Bytes that follow those fed before -> the lines they finish, without line ends."""
        self._fed += len(block)
        data = self._rest + block
        if self._encoding is None:
            if len(data) < 4:
                self._rest = data
                return []
            self._encoding = encoding_of(data)
        end = self._end_of_lines(data)
        if end == 0:
            self._rest = _kept(data)
            return []
        start, self._rest = self.done, data[end:]
        self.done = self._fed - len(self._rest)
        self._rest = _kept(self._rest)
        lines = self._decode(data[:end])
        if start == 0 and lines and not data.startswith(b"\0"):
            lines[0] = lines[0].removeprefix("\ufeff")
        return lines

    def finish(self) -> list[str]:
        """The last line of a file that ends without a line end."""
        rest, self._rest, self.done = self._rest, b"", self._fed
        if not rest:
            return []
        if self._encoding is None:
            self._encoding = encoding_of(rest)
        lines = self._decode(rest)
        return [line.removeprefix("\ufeff") for line in lines]

    def _end_of_lines(self, data: bytes) -> int:
        mark = _UTF16.get(self._encoding or "")
        if mark is None:
            return max(data.rfind(b"\n"), data.rfind(b"\0")) + 1
        end = data.rfind(mark)
        while end > 0 and (end + self.done) % 2:
            end = data.rfind(mark, 0, end + 1)
        return end + 2 if end >= 0 else 0

    def _decode(self, data: bytes) -> list[str]:
        encoding, short = self._encoding or "", False
        if encoding:
            lines = data.decode(encoding, "replace").split("\n")
        else:
            if b"\0" in data:
                data = _NULS.sub(b"\n", _NULS_FIRST.sub(b"", data))
            try:
                lines = data.decode().split("\n")
            except UnicodeDecodeError:
                lines = [decode_line(raw) for raw in data.split(b"\n")]
            else:
                short = len(max(lines, key=len)) <= MAX_CHARACTERS
                if not short:
                    lines = [decode_line(raw) for raw in data.split(b"\n")]
        if not lines[-1]:
            lines.pop()
        if short and b"\r" not in data:
            return lines
        return [line[:MAX_CHARACTERS].rstrip("\r") for line in lines]


def _kept(rest: bytes) -> bytes:
    """The unfinished line, cut to what is looked at; as odd or even as before, for two-byte encodings."""
    return rest if len(rest) <= MAX_LINE else rest[: MAX_LINE + len(rest) % 2]


def line_blocks(path: Path, encoding: str, begin: int = 0) -> Iterator[tuple[list[str], int]]:
    """(whole lines, bytes read so far) of a file, block by block. An unfinished last line counts as a line.

    `begin`: the byte to start at; what is left there of a line that began before counts as a line too.
    """
    splitter, done = LineSplitter(encoding, done=begin), begin
    try:
        with path.open("rb") as file:
            if begin:
                splitter.know(file.read(4))
                file.seek(begin)
            while block := file.read(BLOCK):
                done += len(block)
                lines = splitter.feed(block)
                if lines:
                    yield lines, done
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be read: {error.strerror or error}", "check its path and rights"
        ) from error
    lines = splitter.finish()
    if lines:
        yield lines, done
