"""Where a person's data lives when nothing else was said."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def default_home() -> Path:
    """`COMBATLENS_HOME`, else the platform's folder for user data. Nothing is created."""
    named = os.environ.get("COMBATLENS_HOME")
    return Path(named).expanduser() if named else platformdirs.user_data_path("combatlens", appauthor=False)
