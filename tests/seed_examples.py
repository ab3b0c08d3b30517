"""The usage examples of the seeds, read from the seed files themselves where those are at hand."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEEDS = Path(os.environ.get("COMBATLENS_SEEDS") or ROOT.parent / "shared" / "seeds")


@dataclass(frozen=True)
class Example:
    """A Python block of a seed: under which headings it stands, and its code."""

    section: str
    title: str
    code: str


def read_examples(name: str) -> list[Example]:
    """Every Python block of the seed `name`, in order; none when the seed is not at hand."""
    path = SEEDS / name
    if not path.exists():
        return []
    section = title = ""
    found: list[Example] = []
    code: list[str] | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if code is not None:
            if line.startswith("```"):
                found.append(Example(section, title, "\n".join(code)))
                code = None
            else:
                code.append(line)
        elif line.startswith("```python"):
            code = []
        elif heading := re.match(r"(##+) (.*)", line):
            title = heading[2]
            section = heading[2] if heading[1] == "##" else section
    return found


def needs_seed(name: str) -> pytest.MarkDecorator:
    """Skip visibly where the seed is not at hand."""
    return pytest.mark.skipif(not (SEEDS / name).exists(), reason=f"seed {name} is not in {SEEDS}")
