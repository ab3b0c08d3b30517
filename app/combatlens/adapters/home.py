"""Where a person's data lives. Standard library only: a bot imports this too."""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP = "combatlens"


def home_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """`given`, else COMBATLENS_HOME, else the platform's user-data folder. It need not exist."""
    if given:
        return Path(given).expanduser()
    if named := os.environ.get("COMBATLENS_HOME"):
        return Path(named).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / APP
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APP
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share") / APP
