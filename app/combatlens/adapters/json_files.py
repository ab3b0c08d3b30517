"""Files that are written whole or not at all, and set aside when they cannot be read."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from combatlens.domain.errors import EnvironmentFault


def write_whole(path: Path, content: bytes) -> Path:
    """Replace `path` by `content`: after a crash the old file stands or the new one. Raises EnvironmentFault."""
    target = path.expanduser()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EnvironmentFault(
            f"{target} cannot be written: {error.strerror}", "free some space, or check who may write there"
        ) from error
    return target


def set_aside(path: Path, now: float) -> Path:
    """Rename a file that cannot be used to `<name>.corrupt-<time>`, so that nothing is lost. `now`: Unix seconds."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    os.replace(path, aside)
    return aside
