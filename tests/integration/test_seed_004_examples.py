"""Every usage example of the seed runs as it stands, its import lines changed; the integration section aside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.seed_examples import SEEDS, Example, needs_seed, read_examples

import combatlens.api.learning_engine as api

SEED = "004_38d25f34e294cd95.txt"
EXAMPLES = [e for e in read_examples(SEED) if e.section != "Integration Points"]
pytestmark = needs_seed(SEED)

Leaves = Callable[[dict[str, Any], str], tuple[Any, Any]]


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
    assert len(EXAMPLES) == len(LEAVES) == 7


def _captured(names: dict[str, Any], _told: str) -> tuple[Any, Any]:
    found = [(one.success, one.error_pattern, one.fix_applied) for one in names["learning_engine"].get_learnings("go")]
    mended = "Removed import statement, used Tel directly"
    return found, [(False, "go_import_error", None), (True, "go_import_error", mended)]


def _queried(names: dict[str, Any], told: str) -> tuple[Any, Any]:
    found = (
        names["learning"].validation_errors, [one.success for one in names["learnings"]],
        names["stats"]["total_learnings"], names["stats"]["failures"], "Success rate: 0.0%" in told,
        "go_import_error" in names["context"],
    )  # fmt: skip
    return found, (["..."], [False], 1, 1, True, True)


def _consolidated(names: dict[str, Any], _told: str) -> tuple[Any, Any]:
    """One attempt is no pattern yet; nothing known, nothing said."""
    begins = names["prompt"].strip().partition("\n")[0].rstrip()
    return (names["patterns"], names["injection"], begins), ([], "", "Generate telemetry code for Go functions.")


def _cleared(names: dict[str, Any], _told: str) -> tuple[Any, Any]:
    return names["engine"].get_learnings("go"), []


def _placed(names: dict[str, Any], _told: str) -> tuple[Any, Any]:
    return str(names["engine"].storage_dir), "/path/to/custom/location"


def _every_language(_names: dict[str, Any], told: str) -> tuple[Any, Any]:
    found = re.findall(r"Created (\d+) patterns for (\w+)", told)
    return found, [("0", "go"), ("0", "python"), ("0", "javascript")]


def _exported(names: dict[str, Any], _told: str) -> tuple[Any, Any]:
    return names["patterns"], []


LEAVES = (_captured, _queried, _consolidated, _cleared, _placed, _every_language, _exported)
"""What each example of the seed, run alone, leaves or prints, and what it has to."""


@pytest.mark.parametrize(
    ("example", "leaves"), list(zip(EXAMPLES, LEAVES, strict=False)), ids=[example.title for example in EXAMPLES]
)
def test_an_example_runs_and_does_what_it_says(
    example: Example, leaves: Leaves, user: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for former in EXAMPLES:
        if former.title == example.title:
            break
        if former.section == example.section == "API Reference":
            run(former, user)
    run(example, user)
    found, wanted = leaves(user, capsys.readouterr().out)
    assert found == wanted


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
