"""What the recording process loads: scipy and OCR models belong to programs of their own, Qt to the desktop alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
HEAVY = ("scipy", "onnxruntime", "PySide6", "cv2", "matplotlib")


@pytest.mark.parametrize("module", ["combatlens.bootstrap.application", "combatlens.api.client"])
def test_it_starts_without_what_is_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(APP)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
