"""Every usage example of the seed runs as it stands, its import lines changed; the integration section aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.seed_examples import SEEDS, Example, needs_seed, read_examples

import combatlens.api.learning_engine as api

SEED = "004_38d25f34e294cd95.txt"
EXAMPLES = [e for e in read_examples(SEED) if e.section != "Integration Points"]
pytestmark = needs_seed(SEED)


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the examples take for granted: an engine, a program that fails and one that is mended."""
    for name in ("HOME", "USERPROFILE", "COMBATLENS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return {
        "learning_engine": api.LearningEngine(),
        "instrumented_code": 'import "telemetry_utils"\nfunc Test() {}\n',
        "fixed_code": "func Test() {}\n",
    }


def run(example: Example, names: dict[str, Any]) -> None:
    code = example.code
    for module in ("src.learning_engine", "src.learning_consolidator"):
        code = code.replace(f"from {module} import", f"from {api.__name__} import")
    exec(compile(code, f"{SEED}: {example.title}", "exec"), names)


def test_the_seed_has_its_examples() -> None:
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.title)
def test_an_example_runs(example: Example, user: dict[str, Any]) -> None:
    for former in EXAMPLES:
        if former.title == example.title:
            break
        if former.section == example.section == "API Reference":
            run(former, user)
    run(example, user)


def test_all_examples_in_order_make_the_pattern_of_the_seed(user: dict[str, Any], tmp_path: Path) -> None:
    run(EXAMPLES[0], user)
    run(next(e for e in EXAMPLES if e.title == "Programmatic Consolidation"), user)
    run(next(e for e in EXAMPLES if e.title == "Export Patterns for Analysis"), user)
    (pattern,) = user["patterns"]
    assert (pattern.pattern_name, pattern.occurrence_count, pattern.success_rate) == ("go_import_error", 2, 0.5)
    assert (pattern.bad_example, pattern.good_example) == (user["instrumented_code"], user["fixed_code"])
    assert pattern.how_to_fix == "Removed import statement, used Tel directly"


@pytest.mark.parametrize(("kind", "rows"), [("learnings", 2), ("patterns", 1)])
def test_the_files_have_the_keys_of_the_seed_in_its_order(
    user: dict[str, Any], tmp_path: Path, kind: str, rows: int
) -> None:
    text = (SEEDS / SEED).read_text(encoding="utf-8")
    shown = text.split(f"(`go_{kind}.json`):\n```json\n")[1].split("```")[0]
    run(EXAMPLES[0], user)
    run(next(e for e in EXAMPLES if e.title == "Programmatic Consolidation"), user)
    ours = json.loads((tmp_path / "learnings" / f"go_{kind}.json").read_bytes())
    theirs = list(json.loads(shown)[0])
    assert len(ours) == rows
    assert list(ours[0])[: len(theirs)] == theirs
