"""Where the real logs, screenshots and telemetry lie that some tests read. They are never part of the repository."""

import os
from pathlib import Path

import pytest
from tests.repository import ROOT

REALDATA = Path(os.environ.get("COMBATLENS_REALDATA") or ROOT.parent / "shared" / "realdata")


def realdata(*parts: str) -> Path:
    """The path of a real file or folder; skips the test, and says why, where it is not on this machine."""
    path = REALDATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data {'/'.join(parts)!r} is not here; COMBATLENS_REALDATA names its folder")
    return path
