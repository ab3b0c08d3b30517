"""Every usage example of the seed runs as it stands, its import line changed; the integration section aside."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from tests.seed_examples import Example, needs_seed, read_examples

import combatlens.api.learning_progress as api
from combatlens.learning.progress import LearningEvent
from combatlens.learning.progress_goals import GoalProgress

SEED = "001_d9d21946b6d9f906.txt"
EXAMPLES = [e for e in read_examples(SEED) if e.section not in ("Integration Examples", "Data Structures")]
BASIC = [e for e in EXAMPLES if e.section == "Basic Usage"]
SHAPES = [e for e in read_examples(SEED) if e.section == "Data Structures"]
MORE = 9
"""One classification, as in the seed, is too little for the regression that its last section does over them."""

# A window cannot be shown here; matplotlib says so.
pytestmark = [
    needs_seed(SEED),
    pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive:UserWarning"),
]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The names that a user has who has run the basic examples and recorded a little more, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    names: dict[str, Any] = {}
    for example in BASIC:
        run(example, names)
    for i in range(MORE):
        names["tracker"].record_learning_event("classification", 0.85 + i * 0.004, 0.01, 100 + i, 0.05)
    yield names
    from matplotlib import pyplot

    pyplot.close("all")


def run(example: Example, names: dict[str, Any]) -> None:
    code = example.code.replace("src.monitoring.learning_tracker", api.__name__)
    exec(compile(code, f"{SEED}: {example.title}", "exec"), names)


def test_the_seed_has_its_examples() -> None:
    assert len(EXAMPLES) == 16
    assert len(SHAPES) == 2


def test_the_basic_examples_leave_what_they_say(user: dict[str, Any]) -> None:
    tracker = user["tracker"]
    assert len(tracker.learning_events) == 51 + MORE
    assert user["goal_summary"]["completed_goals"] == 0
    assert user["goal_summary"]["active_goals"] == 2
    assert tracker.goals["accuracy_goal"].completion_percentage == pytest.approx(100 * 0.87 / 0.9, abs=0.01)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.title)
def test_an_example_runs(
    example: Example, user: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for former in EXAMPLES:
        if former.section == example.section and former.section == "Visualization":
            run(former, user)
    run(example, user)
    assert "nan" not in capsys.readouterr().out
    if "save_path" in example.code:
        assert (tmp_path / "learning_progress.png").stat().st_size > 10_000
    if "export_learning_data" in example.code:
        assert (tmp_path / "learning_data_export.json").stat().st_size > 1000


@pytest.mark.parametrize(("example", "ours"), list(zip(SHAPES, [LearningEvent, GoalProgress], strict=False)))
def test_the_records_have_the_fields_of_the_seed_in_its_order(example: Example, ours: type) -> None:
    names: dict[str, Any] = {}
    exec("from dataclasses import dataclass, field\nfrom typing import Any, Dict, Optional\n" + example.code, names)
    theirs = [f.name for f in dataclasses.fields(names[ours.__name__])]
    assert [f.name for f in dataclasses.fields(ours)][: len(theirs)] == theirs
