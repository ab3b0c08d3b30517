"""The Python examples of our own pages run as they stand, in a folder of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.repository import ROOT

from combatlens.learning.operations import Operation, Thresholds

DOCS = ROOT / "docs"


def run(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMBATLENS_HOME", str(tmp_path))


def test_the_page_of_goals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("goals.md")
    said = capsys.readouterr().out
    assert "+0.0100 a fight, sure to 100%" in said
    assert "improving" in said
    assert (tmp_path / "learning.json").exists()


def test_the_page_of_patterns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("patterns.md")
    assert "Fix: Walk closer first" in capsys.readouterr().out
    assert (tmp_path / "learnings" / "swg_patterns.json").exists()


def test_the_page_of_learnings() -> None:
    analysis = run("learnings.md")["idle_crafting"]
    (one,) = analysis([[Operation("craft")] * 5], Thresholds())
    assert one.description == "5 times craft"
