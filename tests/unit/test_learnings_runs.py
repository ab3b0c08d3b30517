from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from tests.clocks import START, HandClock
from tests.realdata import realdata

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.operations import ActionLearning, Operation, Refusal, Thresholds
from combatlens.learning.patterns import Pattern
from combatlens.learning.tool_uses import as_event, tool_use
from combatlens.reports import learnings_md
from combatlens.services.learnings import LearningRuns, further_analyses, read_tool_log
from combatlens.services.schedule import NAP_S, next_time, parse_every, repeat


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def runs(tmp_path: Path, clock: HandClock) -> LearningRuns:
    return LearningRuns(tmp_path / "logs", clock, learnings_md)


def slow(count: int, name: str = "WebFetch") -> list[Operation]:
    return [Operation(name, f"s{i % 9}", True, 9000.0, None, START + i, "tool") for i in range(count)]


def test_a_run_writes_its_files(runs: LearningRuns) -> None:
    runs.run(slow(120), origin="a test")
    everything = json.loads((runs.folder / "extracted_learnings.json").read_bytes())
    assert everything["metadata"]["operations"] == 120
    assert everything["metadata"]["thresholds"]["slow_ms"] == 5000
    (learning,) = everything["learnings"]
    assert list(learning)[:6] == ["pattern", "description", "recommendation", "type", "confidence", "impact"]
    (row,) = json.loads((runs.folder / "tool_learnings.json").read_bytes())["learnings"]
    assert (row["category"], row["pattern"]) == ("performance_high", "WebFetch_consistently_slow")
    report = (runs.folder / "metrics_analysis_report.md").read_text(encoding="utf-8")
    assert "### WebFetch_consistently_slow" in report
    assert "| WebFetch | 120 | 100.0% | 9.00 s | 9.00 s |" in (runs.folder / "tool_metrics_report.md").read_text()
    assert (runs.folder / "learning_runs.log").read_text() == (
        "2023-11-14T22:13:20+00:00 120 operations, 1 learning, 1 handed on, from a test\n"
    )


def test_what_was_known_is_archived_when_it_changes(runs: LearningRuns, clock: HandClock) -> None:
    runs.run(slow(120))
    runs.run(slow(120))
    assert not (runs.folder / "archive").exists(), "the same again is nothing new"
    clock.time += 3600
    runs.run(slow(120, "Bash"))
    (old,) = (runs.folder / "archive").iterdir()
    assert json.loads(old.read_bytes())["learnings"][0]["pattern"] == "WebFetch_consistently_slow"
    assert len((runs.folder / "learning_runs.log").read_text().splitlines()) == 3


def test_too_few_actions_replace_nothing(runs: LearningRuns, clock: HandClock) -> None:
    """A log of 35 uses disproves nothing that 120 taught."""
    learned = runs.run(slow(120)).learnings
    before = (runs.folder / "tool_learnings.json").read_bytes()
    clock.time += 3600
    for _ in range(2):
        found = runs.run(slow(35, "Bash"), [Refusal("skill_event", "no skill", None, 40)] * 3)
        assert [one.pattern for one in found.learnings if one not in learned] == ["skill_event_validation_failures"]
        assert learned[0] in found.learnings
        assert (found.operations, found.needs, found.kept) == (35, "65 more actions", 1)
    everything = json.loads((runs.folder / "extracted_learnings.json").read_bytes())
    assert (everything["metadata"]["operations"], everything["metadata"]["kept"]) == (35, 1)
    assert before != (runs.folder / "tool_learnings.json").read_bytes()
    report = (runs.folder / "metrics_analysis_report.md").read_text(encoding="utf-8")
    assert "it takes 65 more actions" in report
    assert "1 learning below stayed from an earlier run" in report
    assert "### WebFetch_consistently_slow" in report
    assert (runs.folder / "learning_runs.log").read_text().endswith("needs 65 more actions, 1 kept from earlier\n")
    assert runs.run(slow(120, "Bash")).kept == 0
    assert "WebFetch" not in (runs.folder / "extracted_learnings.json").read_text(), "enough actions replace it"


def test_a_broken_file_of_learnings_is_archived_too(runs: LearningRuns) -> None:
    runs.folder.mkdir()
    (runs.folder / "extracted_learnings.json").write_text("{half")
    runs.run(slow(120))
    (old,) = (runs.folder / "archive").iterdir()
    assert old.read_text() == "{half"


def test_too_little_is_said_in_report_and_log(runs: LearningRuns) -> None:
    runs.run(slow(20))
    assert "it takes 80 more actions" in (runs.folder / "metrics_analysis_report.md").read_text()
    assert "needs 80 more actions" in (runs.folder / "learning_runs.log").read_text()


class Point:
    def __init__(self, name: str, thing: object) -> None:
        self.name = name
        self._thing = thing

    def load(self) -> object:
        if isinstance(self._thing, Exception):
            raise self._thing
        return self._thing


def count(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> Iterable[ActionLearning]:
    yield ActionLearning(
        pattern="counted", description=f"{sum(map(len, sessions))} uses", recommendation="none", type="counting",
        confidence=0.99, impact="low",
    )  # fmt: skip


def broken(sessions: object, limits: object) -> Iterable[ActionLearning]:
    raise ValueError("a mistake")


@pytest.mark.expected_errors("broken failed")
@pytest.mark.expected_errors("gone cannot be loaded")
@pytest.mark.expected_errors("number is no function")
def test_analyses_of_others_are_used_and_a_broken_one_harms_nothing(tmp_path: Path, clock: HandClock) -> None:
    points = [Point("count", count), Point("broken", broken), Point("gone", ImportError("x")), Point("number", 5)]
    further = further_analyses(points)
    assert [name for name, _ in further] == ["count", "broken"]
    runs = LearningRuns(tmp_path, clock, learnings_md, further=further)
    assert {one.pattern for one in runs.run(slow(120)).handed_on} == {"counted", "WebFetch_consistently_slow"}
    assert "FAILED: broken" in (tmp_path / "learning_runs.log").read_text()
    assert "## Counting" in (tmp_path / "metrics_analysis_report.md").read_text()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"tool_name": "Read", "tool_response": {"type": "text"}}, ("Read", True, None, None)),
        (
            {"tool_name": "Bash", "result": {"stderr": "boom", "interrupted": True}},
            ("Bash", False, None, "boom"),
        ),
        ({"tool_name": "Agent", "tool_response": {"totalDurationMs": 71_627}}, ("Agent", True, 71_627.0, None)),
        ({"tool_name": "Edit", "tool_response": "Error: no such file"}, ("Edit", False, None, "Error: no such file")),
        ({"tool": "X", "duration_seconds": 1.5, "success": False}, ("X", False, 1500.0, None)),
        ({"tool": "X", "result": {"exit_code": 2, "stderr": "no"}}, ("X", False, None, "no")),
        ({"tool": "X", "error": {"message": "bad"}}, ("X", False, None, "bad")),
        ({"name": "X", "result": {"exit_code": 0}}, ("X", True, None, None)),
    ],
)
def test_an_entry_of_a_tool_log(entry: dict[str, object], expected: tuple[object, ...]) -> None:
    one = tool_use(entry)
    assert (one.name, one.success, one.duration_ms, one.error) == expected
    event = as_event(one)
    assert (event.name, event.success, event.duration_ms, event.error) == expected


@pytest.mark.parametrize(
    ("value", "at"),
    [("2023-11-14T22:13:20Z", START), (START, START), (START * 1000, START), ("soon", None), (True, None)],
)
def test_the_time_of_an_entry(value: object, at: float | None) -> None:
    assert tool_use({"tool": "X", "timestamp": value}).at == at


def test_a_log_is_an_array_or_lines_and_a_bad_entry_is_told(tmp_path: Path) -> None:
    path, said = tmp_path / "log.json", []
    path.write_text('[{"tool_name": "A"}, {"what": 1}, 5, {"tool_name": "B"}]')
    assert [one.name for one in read_tool_log(path, said.append)] == ["A", "B"]
    assert len(said) == 2
    path.write_text('{"tool_name": "A"}\n\n{"tool_name": "B"}\n')
    assert [one.name for one in read_tool_log(path)] == ["A", "B"]
    path.write_text("{half")
    with pytest.raises(EnvironmentFault, match="no log of tool uses"):
        read_tool_log(path)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        read_tool_log(tmp_path / "none.json")


def test_a_real_tool_log_is_read_whole(tmp_path: Path, clock: HandClock) -> None:
    path = realdata("tool_logs", "vmasrani_pmap", "post_tool_use.json")
    said: list[str] = []
    uses = read_tool_log(path, said.append)
    assert said == []
    assert len(uses) == len(json.loads(path.read_bytes())) == 35
    names = {one.name: sum(u.name == one.name for u in uses) for one in uses}
    assert names == {"Read": 25, "Bash": 3, "Agent": 2, "Glob": 1, "Write": 1, "ToolSearch": 1} | {
        "Read": names["Read"]
    }
    assert sorted(u.duration_ms for u in uses if u.name == "Agent" and u.duration_ms) == [71_627.0, 113_244.0]
    found = LearningRuns(tmp_path, clock, learnings_md).run(uses, origin="the log")
    assert found.needs == "65 more actions"
    lower = LearningRuns(tmp_path, clock, learnings_md, limits=Thresholds(min_actions=30)).run(uses)
    assert lower.needs == ""
    assert all(0 < one.confidence < 1 for one in lower.learnings)


def test_the_report_of_patterns() -> None:
    pattern = Pattern(
        pattern_name="out_of_range", language="swg", construct_type="pull", occurrence_count=6, success_rate=0.5,
        bad_example="shoot", good_example="walk\nshoot", why_fails="Too far.", how_to_fix="Walk first.",
        success_rate_before=0.25, success_rate_after=0.75, attempts_before=4, attempts_after=8,
    )  # fmt: skip
    text = learnings_md.patterns_report([pattern], title="Patterns of swg")
    assert "## out_of_range (pull)" in text
    assert "25% of 4 before this was known, and in 75% of 8 since" in text
    assert "    walk\n    shoot" in text
    assert "No pattern yet" in learnings_md.patterns_report([], title="x")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6h", 21_600), ("90m", 5400), ("1d12h", 129_600), ("1.5 h", 5400), ("60s", 60), ("2W", 1_209_600)],
)
def test_a_span_of_time(text: str, seconds: float) -> None:
    assert parse_every(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6x", "-6h", "5s", "6h!"])
def test_no_span_of_time(text: str) -> None:
    with pytest.raises(EnvironmentFault):
        parse_every(text)


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [(0, 0, 100), (0, 40, 100), (0, 100, 100), (0, 101, 200), (0, 950, 1000), (500, 40, 140)],
)
def test_the_next_turn_keeps_step_and_makes_up_for_none(last: float, now: float, expected: float) -> None:
    assert next_time(last, 100, now) == expected


def test_turns_are_taken_in_step_until_stopped(clock: HandClock) -> None:
    turns: list[float] = []

    def work() -> None:
        turns.append(clock.time - START)
        clock.time += 7.0

    def wait(seconds: float) -> bool:
        assert 0 <= seconds <= NAP_S
        clock.time += max(seconds, 0.001)
        return clock.time - START > 1000

    assert repeat(work, 300.0, clock, wait) == len(turns) == 4
    assert turns == pytest.approx([0, 300, 600, 900], abs=0.01)


def test_a_turn_that_fell_into_suspend_is_taken_once_on_waking(clock: HandClock) -> None:
    turns: list[float] = []
    naps = iter([10_000.0, 60.0, 60.0, 60.0, 60.0])

    def wait(seconds: float) -> bool:
        clock.time += next(naps, 0.0)
        return clock.time - START > 10_150

    repeat(lambda: turns.append(clock.time - START), 300.0, clock, wait)
    assert turns == [0, 10_000]


def test_so_many_turns_and_no_more(clock: HandClock) -> None:
    assert repeat(lambda: None, 60.0, clock, lambda s: bool(setattr(clock, "time", clock.time + s)), times=3) == 3
