"""The files that a BotClient keeps in the inbox. Standard library only: both sides import this.

`botclient-*.journal` holds events that were not acknowledged yet; nobody reads it while its writer lives (the writer
holds an OS lock, free again when it dies). Renamed to `botclient-*.jsonl`, it is food for the inbox.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from pathlib import Path

JOURNAL = ".journal"
FINISHED = ".jsonl"
_NAME = re.compile(r"botclient-\d+-[0-9a-f]{8}\.(journal|jsonl)")

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 40  # a locked byte cannot be read by others there: lock one that will never be written

    def _lock(handle: int) -> bool:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class EventFile:
    """A new file of event lines, locked by this process. Not thread-safe. Every method may raise OSError."""

    def __init__(self, inbox: Path, suffix: str) -> None:
        inbox.mkdir(parents=True, exist_ok=True)
        self.path = inbox / f"botclient-{os.getpid()}-{secrets.token_hex(4)}{suffix}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(self.path, flags, 0o600)
        _lock(self._handle)
        self.size = 0

    def append(self, lines: bytes) -> None:
        """All or nothing: what a full disk took half of is cut off again."""
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._handle, lines[written:])
        except OSError:
            os.ftruncate(self._handle, self.size)
            raise
        self.size += written

    def clear(self) -> None:
        os.ftruncate(self._handle, 0)
        self.size = 0

    def close(self) -> None:
        """Let go of it; it stays where it is."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def finish(self) -> None:
        """Close it and leave what it holds to the inbox; an empty one goes."""
        self.close()
        if self.size == 0:
            self.path.unlink(missing_ok=True)
        elif self.path.suffix == JOURNAL:
            with contextlib.suppress(FileNotFoundError):  # the inbox was quicker
                self.path.rename(self.path.with_suffix(FINISHED))

    def discard(self) -> None:
        self.size = 0
        self.finish()


def is_of_client(path: Path) -> bool:
    """Whether a BotClient made it, so that it may be deleted once it is read."""
    return _NAME.fullmatch(path.name) is not None


def is_orphaned(path: Path) -> bool:
    """Whether nobody writes this file any more. Raises OSError."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        return _lock(handle)
    finally:
        os.close(handle)
