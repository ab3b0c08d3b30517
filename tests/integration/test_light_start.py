"""What the recording process loads: scipy and OCR models belong to programs of their own, Qt to the desktop alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from combatlens.adapters.storage.engine import open_sqlite, upgrade

APP = Path(__file__).resolve().parents[2] / "app"
HEAVY = ("scipy", "onnxruntime", "PySide6", "cv2", "matplotlib")
LIBRARIES = ("sqlalchemy", "alembic", "asyncio")


@pytest.mark.parametrize("module", ["combatlens.bootstrap.application", "combatlens.api.client"])
def test_it_starts_without_what_is_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(APP)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("command", ["dashboard", "trends", "insights", "alerts"])
def test_a_question_to_the_history_loads_no_library_for_databases(tmp_path: Path, command: str) -> None:
    engine = open_sqlite(tmp_path / "combatlens.db")
    upgrade(engine)
    engine.dispose()
    program = (
        "import sys; from combatlens.cli.main import run_command;"
        f"code = run_command(['--home', {str(tmp_path)!r}, 'analytics', {command!r}]);"
        f"print(code, *[name for name in {(*HEAVY, *LIBRARIES)!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(APP)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0"
