"""A further kind of analysis, installed as a package of its own, is found by its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.repository import ROOT

MODULE = """
from combatlens.learning.operations import ActionLearning

def idle_crafting(sessions, limits):
    uses = sum(one.name == "craft" for session in sessions for one in session)
    if uses >= limits.min_sample_size:
        yield ActionLearning(pattern="idle_crafting", description=f"{uses} times craft", recommendation="Craft in town",
                             type="custom", confidence=0.7, impact="low")

def broken(sessions, limits):
    raise ValueError("as people's code does")
"""
ENTRY_POINTS = """[combatlens.analyses]
idle_crafting = my_analyses:idle_crafting
broken = my_analyses:broken
missing = my_analyses:not_there
"""


def install(folder: Path) -> None:
    """What an installer leaves behind."""
    info = folder / "my_analyses-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "my_analyses.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-analyses\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)


def test_an_installed_analysis_takes_part_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    install(tmp_path / "site")
    (tmp_path / "home").mkdir()
    log = tmp_path / "uses.jsonl"
    rows = [{"tool_name": "craft", "session_id": "s", "duration_ms": 20, "success": True} for _ in range(120)]
    log.write_text("\n".join(json.dumps(row) for row in rows))
    program = [sys.executable, "-c", "from combatlens.__main__ import main; main()", "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [*program, "learn", "run", "--tool-log", str(log), "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(tmp_path / "site")])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    patterns = [one["pattern"] for one in json.loads(done.stdout)["handed_on"]]
    assert "idle_crafting" in patterns
    runs = (tmp_path / "home" / "logs" / "learning_runs.log").read_text()
    assert "FAILED: broken" in runs
