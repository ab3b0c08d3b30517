"""One log file as it grows: read on, notice truncation and replacement, say where to go on after a restart."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from combatlens.adapters.combat_log.dialect import REMEMBERED_S, Dialect
from combatlens.adapters.combat_log.growing_file import BLOCK, FINGERPRINT, GrowingFile, identity_of
from combatlens.adapters.combat_log.lines import LineSplitter, decode_line
from combatlens.domain.events import Occurrence

PRIMING = 1_048_576
"""Bytes before the starting point that are parsed without being recorded, so that day, player and pets are known."""

OpenDialect = Callable[[Path, int], Dialect]
"""(file, the byte that is read first) -> a fresh dialect. Raises EnvironmentFault while the file says too little."""


class Block:
    """What one read gave: events, and how its lines fared."""

    def __init__(self) -> None:
        self.events: Sequence[Occurrence] = ()
        self.lines = 0
        self.unknown = 0
        self.bytes = 0


class Follower:
    """Reads one path. Not thread-safe: it belongs to the tail's thread.

    `read` advances; `position` is what to save once the events of the last read are committed.
    """

    def __init__(self, path: Path, open_dialect: OpenDialect, encoding: str = "auto") -> None:
        self.path = path
        self.dialect: Dialect | None = None
        self._open_dialect = open_dialect
        self._encoding = encoding
        self._splitter = LineSplitter(encoding)
        self._file = GrowingFile(path, self._begin_successor)
        self._begin = 0
        self._line = 0
        self._generation = 0
        self._marks: deque[dict[str, Any]] = deque()
        self._carry = b""
        self._first = b""
        self._level = False
        """Whether all that the file held has been read: what comes next is written now."""

    # ------------------------------------------------------------------ where to begin

    def begin_at_end(self, size: int) -> None:
        """Start at `size` bytes; what lies before is context, not news."""
        self._file.identity = identity_of(os.stat(self.path))
        begin = self._begin = max(0, size - PRIMING)
        with self.path.open("rb") as file:
            self._file.head = file.read(FINGERPRINT)
            self._line = _newlines(file, begin)
            file.seek(begin)
            before = file.read(size - begin)
        self._marks = deque(({"offset": begin, "line": self._line, "stamp": 0.0, "state": None},))
        self._splitter = LineSplitter(self._encoding, done=begin)
        self._splitter.know(self._file.head)
        lines = self._splitter.feed(before)
        self._file.offset = begin + len(before)
        if begin and lines:
            lines = lines[1:]
            self._line += 1
        self._context(lines)

    def resume(self, position: dict[str, Any]) -> None:
        """Go on from a saved position; where another file has taken the name, after the rest of the old one."""
        mark, head = position["mark"], bytes.fromhex(position["head"])
        self._generation, self._file.head = position["generation"], head
        identity = position["identity"]
        self._file.identity = (identity[0], identity[1]) if identity else None
        self._begin = mark["offset"] if mark["state"] is None else position["offset"]
        dialect = self._dialect_now()
        if mark["state"] is not None:
            dialect.restore(mark["state"])
        same = self._file.same(self.path, position["offset"])
        file = same or self._file.renamed(position["offset"])
        if file is None:
            self._carry = bytes.fromhex(position["pending"])
            self._file.restart()
            return
        with file:
            file.seek(mark["offset"])
            between = file.read(position["offset"] - mark["offset"])
        self._line = mark["line"]
        self._splitter = LineSplitter(self._encoding, done=mark["offset"])
        self._splitter.know(head)
        self._carry = bytes.fromhex(mark.get("carry", ""))
        self._context(self._whole_lines(dialect, between))
        if same is not None and mark["state"] is not None:
            dialect.joined()
        self._marks = deque((mark,))
        self._file.offset = position["offset"]

    # ------------------------------------------------------------------ reading on

    def waiting(self) -> bool:
        """Whether there may be something to read: one stat."""
        return self._file.waiting()

    def read(self, arrived: float | None) -> Block:
        """The next whole lines, from at most BLOCK bytes. `arrived`: Unix seconds for lines without a time.

        Raises EnvironmentFault while the file says too little to know its dialect; nothing is then passed over.
        """
        block = Block()
        dialect = self._dialect_now()
        self._mark(dialect)
        data = self._file.more()
        level, self._level = self._level, len(data) < BLOCK
        if data:
            dialect.live(arrived if level else None)
            block.bytes = len(data)
            self._parse(dialect, self._whole_lines(dialect, data), arrived, block)
        return block

    @property
    def urgent(self) -> bool:
        """Whether an older position would not do: a line is unfinished, or the file's beginning not yet known whole."""
        return bool(self._splitter.pending) or len(self._file.head) < FINGERPRINT

    def position(self) -> dict[str, Any]:
        """Where to go on, as plain JSON: `offset`, and the `mark` from which context must be read again."""
        stamp = self.dialect.stamp if self.dialect else 0.0
        while len(self._marks) > 1 and self._marks[1]["stamp"] <= stamp - REMEMBERED_S:
            self._marks.popleft()
        mark = self._marks[0] if self._marks else {"offset": 0, "line": 0, "stamp": 0.0, "state": None}
        return {
            "offset": self._splitter.done, "head": self._file.head.hex(), "generation": self._generation, "mark": mark,
            "identity": list(self._file.identity or ()), "pending": self._splitter.pending.hex(),
        }  # fmt: skip

    def close(self) -> None:
        self._file.close()

    # ------------------------------------------------------------------ lines

    def _parse(self, dialect: Dialect, lines: list[str], arrived: float | None, block: Block) -> None:
        found = dialect.parse_all(lines, self._line, arrived)
        self._line += len(lines)
        block.events = found.events
        block.unknown += len(found.unknown)
        block.lines += len(lines)

    def _context(self, lines: list[str]) -> None:
        if lines:
            self._parse(self._dialect_now(), lines, None, Block())

    def _whole_lines(self, dialect: Dialect, data: bytes) -> list[str]:
        """Lines of a block. The first line of a successor completes the old file's last, unless it stands alone."""
        lines = self._splitter.feed(data)
        if not self._carry:
            return lines
        self._first += data
        if not lines:
            return lines
        first, carry = self._first.partition(b"\n")[0], self._carry
        self._carry = self._first = b""
        if dialect.stands_alone(lines[0]):
            return [decode_line(carry).rstrip("\r"), *lines]
        return [decode_line(carry + first).rstrip("\r"), *lines[1:]]

    def _dialect_now(self) -> Dialect:
        if self.dialect is None:
            self.dialect = self._open_dialect(self.path, self._begin)
            self.dialect.generation = str(self._generation or "")
        return self.dialect

    def _mark(self, dialect: Dialect) -> None:
        """Remember this point, if the log's time has moved on, as one from which context could be read again."""
        if not self._marks or dialect.stamp > self._marks[-1]["stamp"] + REMEMBERED_S / 4:
            where = {"offset": self._splitter.done, "line": self._line}
            self._marks.append(where | {"stamp": dialect.stamp, "state": dialect.state()})

    def _begin_successor(self) -> None:
        """What follows is another file's, or that of the same one emptied; its first line may complete the last one."""
        self._carry, self._first = self._carry + self._splitter.pending, b""
        self._splitter, self._line = LineSplitter(self._encoding), 0
        self._generation += 1
        self._marks.clear()
        if self.dialect is not None:
            self.dialect.new_file(str(self._generation))
            state = self.dialect.state() | {"seen": self.dialect.seen()}
            self._marks.append({"offset": 0, "line": 0, "stamp": self.dialect.stamp, "state": state})
            self._marks[0]["carry"] = self._carry.hex()


def _newlines(file: IO[bytes], until: int) -> int:
    """How many line ends lie in the first `until` bytes."""
    file.seek(0)
    count = 0
    while until > 0:
        chunk = file.read(min(until, 1 << 20))
        if not chunk:
            break
        until -= len(chunk)
        count += chunk.count(b"\n")
    return count
