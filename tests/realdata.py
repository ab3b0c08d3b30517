"""Where the real logs and pictures lie; tests that need them skip, visibly, where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

REALDATA = Path(os.environ.get("COMBATLENS_REALDATA") or Path(__file__).parents[1].parent / "shared/realdata")
