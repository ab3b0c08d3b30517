"""The bytes of a file as it grows, whatever becomes of it: emptied, moved, replaced, on a drive that goes away."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

BLOCK = 524_288
FINGERPRINT = 256


class GrowingFile:
    """Reads one path. `on_new` is called when what follows is another file's, or that of the same one emptied."""

    def __init__(self, path: Path, on_new: Callable[[], None]) -> None:
        self.path = path
        self.head = b""
        """What the file begins with: by that it is known again."""
        self.offset = 0
        self.identity: tuple[int, int] | None = None
        self._on_new = on_new
        self._file: IO[bytes] | None = None
        self._modified = 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def restart(self) -> None:
        """Another file, or the same one emptied, bears the name: read it from its start."""
        self.head, self.offset = b"", 0
        self.identity = None if self._file is None else identity_of(os.fstat(self._file.fileno()))
        self._on_new()

    def waiting(self) -> bool:
        """Whether there may be something to read: one stat."""
        try:
            status = os.stat(self.path)
        except OSError:
            return self._left()
        changed = status.st_size != self.offset or status.st_mtime_ns != self._modified
        return changed or identity_of(status) != self.identity

    def _left(self) -> bool:
        """Whether a file that has lost its name still holds what was not read."""
        if self._file is None:
            return False
        try:
            return os.fstat(self._file.fileno()).st_size > self.offset
        except OSError:
            self.close()  # its drive went away: opened again by name once that is back
            return False

    def more(self) -> bytes:
        """Bytes that follow. A replaced file is read to its end first, then its successor from the start."""
        for _ in range(2):
            if self._file is None and not self._open():
                return b""
            assert self._file is not None
            status = os.fstat(self._file.fileno())
            self._modified = status.st_mtime_ns
            if status.st_size < self.offset or not self._same_head(self._file):
                self.restart()
                self._same_head(self._file)
            self._file.seek(self.offset)
            data = self._file.read(BLOCK)
            replaced = not data and self._replaced(self._file)
            if replaced and self._adopt():
                continue
            if replaced or os.name == "nt":  # on Windows an open file cannot be renamed or deleted by the game
                self.close()
            if not replaced:
                self.offset += len(data)
                return data
            self.restart()
        return b""

    def _open(self) -> bool:
        try:
            file = self.path.open("rb")
        except OSError:
            return False
        identity = identity_of(os.fstat(file.fileno()))
        if self.identity is not None and identity != self.identity:
            old = self.renamed(self.offset)
            if old is not None:
                file.close()
                self._file = old
                return True
            if not self._continues(file):
                self.restart()
        self._file, self.identity = file, identity
        return True

    def same(self, path: Path, size: int) -> IO[bytes] | None:
        """The file at `path` if it begins as the one read so far and holds at least `size` bytes."""
        try:
            file = path.open("rb")
        except OSError:
            return None
        if os.fstat(file.fileno()).st_size >= size and file.read(len(self.head)) == self.head:
            return file
        file.close()
        return None

    def renamed(self, size: int) -> IO[bytes] | None:
        """The file read so far, under the name that it was moved to; None where it is gone."""
        if self.identity is None:
            return None
        try:
            with os.scandir(self.path.parent) as entries:
                moved = [entry.path for entry in entries if entry.inode() == self.identity[1]]
        except OSError:
            return None
        found = (self.same(Path(path), size) for path in moved if Path(path).name != self.path.name)
        return next((file for file in found if file is not None), None)

    def _replaced(self, file: IO[bytes]) -> bool:
        """Whether another file bears the name now."""
        try:
            return identity_of(os.stat(self.path)) != identity_of(os.fstat(file.fileno()))
        except OSError:
            return False

    def _continues(self, file: IO[bytes]) -> bool:
        """Whether another file holds all that was read: a copy put in its place, or its drive mounted anew."""
        if len(self.head) < FINGERPRINT or os.fstat(file.fileno()).st_size < self.offset:
            return False
        return file.read(FINGERPRINT) == self.head

    def _adopt(self) -> bool:
        """Go on in the file that bears the name now, if it is a longer copy of the one read and that one is gone."""
        moved = self.renamed(self.offset)
        if moved is not None:
            moved.close()
            return False
        try:
            file = self.path.open("rb")
        except OSError:
            return False
        if not self._continues(file):
            file.close()
            return False
        self.close()
        self._file, self.identity = file, identity_of(os.fstat(file.fileno()))
        return True

    def _same_head(self, file: IO[bytes]) -> bool:
        file.seek(0)
        head = file.read(FINGERPRINT)
        if not head.startswith(self.head):
            return False
        self.head = head
        return True


def identity_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
