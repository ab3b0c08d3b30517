"""The files that a profile's patterns name."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path


def expand(patterns: Sequence[str]) -> list[Path]:
    """Patterns with `~`, environment variables and wildcards -> the files there are; a folder means all its logs."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        text = os.path.expandvars(os.path.expanduser(pattern))
        if Path(text).is_dir():
            names = sorted(path for path in Path(text).iterdir() if path.suffix.lower() in (".txt", ".log"))
        else:
            names = [Path(text)] if Path(text).is_file() else _matching(text) or _matching(text.replace("[", "[[]"))
        found.update((path, None) for path in names if path.is_file())
    return list(found)


def _matching(pattern: str) -> list[Path]:
    return [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
