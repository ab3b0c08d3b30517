"""Files that are written whole or not at all, and set aside when they are found broken."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from combatlens.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from combatlens.ports import Clock


def write_whole(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: a reader sees the old file or the new one, also after a crash or a power cut.

    Raises EnvironmentFault when the disk refuses; the old file is untouched then.
    """
    temporary = ""
    try:
        if path.exists() and not path.is_file():  # nothing takes the place of a terminal or a pipe
            path.write_bytes(content)
            return
        target = path.resolve() if path.is_symlink() else path  # a link stays one
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:20]}.", suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode_of(target))
        os.replace(temporary, target)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise EnvironmentFault(
            f"{path} could not be written: {error.strerror or error}", "check the disk and the rights"
        ) from error
    _sync_folder(target.parent)


def write_json(path: Path, value: Any) -> None:
    """`write_whole` of `value` as readable JSON, UTF-8. NaN and infinity are refused with ValueError: JSON has none."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(path, text.encode() + b"\n")


def read_json_object(path: Path, clock: Clock) -> dict[str, Any] | None:
    """The object in `path`. None where there is no file, or a broken one: that is set aside first.

    Raises EnvironmentFault when the file is there but cannot be read.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFault(f"{path} could not be read: {error.strerror or error}", "check its rights") from error
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    set_aside(path, clock)
    return None


def set_aside(path: Path, clock: Clock) -> Path:
    """Rename a broken file to `<name>.corrupt-<UTC time>`, never over an earlier one; returns the new path."""
    stamp = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    try:
        path.rename(target)
    except OSError as error:
        raise EnvironmentFault(
            f"the broken file {path} could not be set aside: {error.strerror or error}", "move it away"
        ) from error
    return target


def _mode_of(path: Path) -> int:
    """A new file gets the usual rights of a user's file, an old one keeps its own."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable where folders can be synced (not on Windows)."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
