from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.clocks import START, TickingClock

from combatlens.api.learning_progress import GoalProgress, LearningEvent, LearningProgressTracker
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.learning.progress import trend
from combatlens.learning.progress_goals import inferred_direction


@pytest.fixture
def tracker() -> LearningProgressTracker:
    return LearningProgressTracker(clock=TickingClock(step=10.0))


def practise(tracker: LearningProgressTracker, scores: list[float], task: str = "aiming") -> None:
    for i, score in enumerate(scores):
        tracker.record_learning_event(task, score, 0.01, i, 0.2)


def test_an_event_keeps_what_was_given(tracker: LearningProgressTracker) -> None:
    event = tracker.record_learning_event("aiming", 0.7, 0.02, 12, 0.3, weapon="rifle", targets=[1, 2])
    assert event == LearningEvent(START + 10, "aiming", 0.7, 0.02, 12, 0.3, {"weapon": "rifle", "targets": [1, 2]})
    assert list(tracker.learning_events) == [event]
    assert event.to_dict()["metadata"] == {"weapon": "rifle", "targets": [1, 2]}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"performance_score": float("nan")}, "performance_score"),
        ({"convergence_metric": float("inf")}, "convergence_metric"),
        ({"episode_count": -1}, "episode_count"),
        ({"task_type": ""}, "task_type"),
    ],
)
def test_what_is_no_measurement_is_refused_whole(
    tracker: LearningProgressTracker, change: dict[str, Any], word: str
) -> None:
    good: dict[str, Any] = {
        "task_type": "a", "performance_score": 1, "learning_rate": 1, "episode_count": 1, "convergence_metric": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=word):
        tracker.record_learning_event(**{**good, **change})
    assert not tracker.learning_events


def test_the_history_is_bounded_and_the_total_is_not() -> None:
    tracker = LearningProgressTracker(max_history=20, clock=TickingClock(step=10.0))
    practise(tracker, [i / 50 for i in range(50)])
    assert len(tracker.learning_events) == 20
    report = tracker.generate_learning_report()
    assert (report["total_learning_events"], report["events_in_history"]) == (50, 20)
    assert report["task_analysis"]["aiming"]["event_count"] == 20
    assert LearningProgressTracker().max_history == 50_000


def test_the_curve_is_raw_or_a_trailing_mean(tracker: LearningProgressTracker) -> None:
    practise(tracker, [1.0, 2.0, 3.0, 4.0])
    practise(tracker, [9.0], task="other")
    times, scores = tracker.get_learning_curve("aiming")
    assert times == [START + 10 * i for i in range(1, 5)]
    assert scores == [1.0, 2.0, 3.0, 4.0]
    assert tracker.get_learning_curve("aiming", window_size=2)[1] == [1.0, 1.5, 2.5, 3.5]
    assert tracker.get_learning_curve("unknown") == ([], [])
    with pytest.raises(ValueError, match="window_size"):
        tracker.get_learning_curve("aiming", window_size=0)


def test_the_trend_is_the_slope_of_a_line(tracker: LearningProgressTracker) -> None:
    practise(tracker, [0.5 + 0.01 * i for i in range(30)])
    found = tracker.get_performance_trend("aiming")
    assert found["trend"] == pytest.approx(0.01)
    assert found["confidence"] == 1.0
    assert found["recent_avg"] == pytest.approx(0.745)
    assert found["improvement_rate"] == pytest.approx(0.01)


def test_a_trend_of_pure_noise_is_called_sure_in_one_of_twenty_cases() -> None:
    rng = np.random.default_rng(7)
    sure = sum(trend(list(rng.normal(0.5, 0.1, 40)))["confidence"] > 0.95 for _ in range(600))
    assert 10 <= sure <= 55


def test_neighbours_that_are_alike_do_not_fake_a_trend() -> None:
    rng = np.random.default_rng(11)
    sure = 0
    for _ in range(300):
        noise = rng.normal(0, 0.1, 120)
        for i in range(1, 120):
            noise[i] += 0.6 * noise[i - 1]
        sure += trend(list(noise))["confidence"] > 0.95
    assert sure <= 45, "an uncorrected t-test says so in about 90 of 300"


@pytest.mark.parametrize(
    ("scores", "word"),
    [
        ([0.1, 0.2], "not enough data"),
        ([0.5] * 20, "stable"),
        ([0.1 * i for i in range(20)], "improving"),
        ([-0.1 * i for i in range(20)], "declining"),
    ],
)
def test_the_real_time_trend_is_a_word(tracker: LearningProgressTracker, scores: list[float], word: str) -> None:
    practise(tracker, scores)
    assert tracker.get_real_time_metrics()["performance_trend"] == word


def test_an_empty_tracker_answers_with_zeros_and_no_nan(tracker: LearningProgressTracker) -> None:
    json.dumps(tracker.generate_learning_report(), allow_nan=False)
    json.dumps(tracker.get_real_time_metrics(), allow_nan=False)
    assert tracker.get_performance_trend("nothing") == {
        "trend": 0.0, "confidence": 0.0, "recent_avg": 0.0, "improvement_rate": 0.0, "event_count": 0,
    }  # fmt: skip
    assert tracker.get_convergence_analysis()["convergence_rate"] == 0.0


def test_a_task_converges_once_until_it_rises_again() -> None:
    tracker = LearningProgressTracker(clock=TickingClock(step=360.0), convergence_threshold=0.05)
    for metric in (0.2, 0.05, 0.04, 0.2, 0.01, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3):
        tracker.record_learning_event("aiming", 0.5, 0.01, 1, metric)
    found = tracker.get_convergence_analysis()
    assert found["total_convergences"] == 2
    assert found["convergence_rate"] == pytest.approx(2.0), "2 in the hour between the first and the last event"
    assert found["task_statistics"]["aiming"]["count"] == 2
    assert found["task_statistics"]["aiming"]["avg_convergence_metric"] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("first", "target", "words", "expected"),
    [
        (0.5, 0.9, "accuracy", "up"),
        (850, 1000, "under 1000 episodes", "up"),
        (0.95, 0.9, "accuracy", "up"),
        (0.5, 0.01, "reach 0.01", "down"),
        (15, 10, "time to kill", "down"),
        (0.012, 0.01, "average_loss", "down"),
        (3, 0, "mistakes", "down"),
    ],
)
def test_the_first_value_gives_the_direction(first: float, target: float, words: str, expected: str) -> None:
    assert inferred_direction(first, target, words) == expected


def test_a_goal_upwards(tracker: LearningProgressTracker) -> None:
    tracker.create_goal("hits", "Hit nine of ten", 0.9)
    goal = tracker.update_goal_progress("hits", 0.45)
    assert (goal.direction, goal.completion_percentage, goal.is_completed) == ("up", 50.0, False)
    goal = tracker.update_goal_progress("hits", 0.95)
    assert (goal.completion_percentage, goal.is_completed) == (100.0, True)
    done_at = goal.completion_time
    goal = tracker.update_goal_progress("hits", 0.4)
    assert goal.is_completed, "what was reached stays reached"
    assert goal.completion_time == done_at
    assert goal.current_performance == 0.4


def test_a_goal_downwards_starts_at_its_first_value(tracker: LearningProgressTracker) -> None:
    tracker.create_goal("loss", "Loss", 0.1)
    shares = [tracker.update_goal_progress("loss", v).completion_percentage for v in (1.1, 0.6, 0.35, 0.1)]
    assert shares == pytest.approx([0.0, 50.0, 75.0, 100.0])
    assert tracker.goals["loss"].direction == "down"


def test_a_given_direction_wins(tracker: LearningProgressTracker) -> None:
    tracker.create_goal("quick", "Kill in 10 s", 10, direction="lower")
    assert tracker.update_goal_progress("quick", 8).is_completed
    tracker.create_goal("rich", "Earn much", 100, direction="up")
    assert tracker.update_goal_progress("rich", 500).is_completed
    with pytest.raises(ValueError, match="direction"):
        tracker.create_goal("x", "", 1, direction="sideways")


def test_bounds_are_the_goal_s_own(tracker: LearningProgressTracker) -> None:
    tracker.create_goal("elo", "Rating", 1600, score_bounds=(1000, 3000))
    assert tracker.update_goal_progress("elo", 1300).completion_percentage == pytest.approx(50.0)
    with pytest.raises(ValueError, match="outside the bounds 1000 … 3000"):
        tracker.update_goal_progress("elo", 900)
    assert tracker.goals["elo"].current_performance == 1300
    with pytest.raises(ValueError, match="outside the bounds"):
        tracker.create_goal("bad", "", 5000, score_bounds=(1000, 3000))


def test_the_finishing_time_is_where_the_line_reaches_the_target() -> None:
    tracker = LearningProgressTracker(clock=TickingClock(step=60.0))
    tracker.create_goal("level", "Level 30", 30)
    for value in (10.0, 11.0, 12.0, 13.0):
        goal = tracker.update_goal_progress("level", value)
    assert goal.estimated_completion_time is not None
    last = START + 5 * 60
    assert goal.estimated_completion_time == pytest.approx(last + 17 * 60)
    for value in (12.0, 11.0, 10.0, 9.0, 8.0, 7.0):
        goal = tracker.update_goal_progress("level", value)
    assert goal.estimated_completion_time is None, "the line leads away"


def test_an_unknown_goal_is_said_to_be_unknown(tracker: LearningProgressTracker) -> None:
    with pytest.raises(NotFound, match="no goal 'gold'"):
        tracker.update_goal_progress("gold", 1)
    with pytest.raises(NotFound):
        tracker.remove_goal("gold")


def test_the_summary_counts_goals(tracker: LearningProgressTracker) -> None:
    tracker.create_goal("a", "A", 10)
    tracker.create_goal("b", "B", 10)
    tracker.update_goal_progress("a", 10)
    tracker.update_goal_progress("b", 5)
    summary = tracker.get_goal_summary()
    assert (summary["total_goals"], summary["completed_goals"], summary["active_goals"]) == (2, 1, 1)
    assert summary["average_completion"] == 75.0
    assert summary["goals"]["b"]["completion_percentage"] == 50.0
    tracker.remove_goal("a")
    assert tracker.get_goal_summary()["total_goals"] == 1


@pytest.mark.expected_errors("a callback failed")
def test_callbacks_hear_and_a_failing_one_stops_no_other(
    tracker: LearningProgressTracker, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[LearningEvent] = []
    done: list[GoalProgress] = []

    def broken(_: LearningEvent) -> None:
        raise RuntimeError("no disk")

    tracker.add_callback(broken)
    tracker.add_callback(heard.append)
    tracker.add_goal_callback(done.append)
    practise(tracker, [0.5])
    assert [e.performance_score for e in heard] == [0.5]
    assert "no disk" in caplog.text
    tracker.remove_callback(heard.append)
    practise(tracker, [0.6])
    assert len(heard) == 1
    tracker.create_goal("g", "", 1)
    for value in (0.5, 1.0, 1.5):
        tracker.update_goal_progress("g", value)
    assert [g.current_performance for g in done] == [1.0]


def test_export_and_import_are_a_round_trip(tracker: LearningProgressTracker, tmp_path: Path) -> None:
    practise(tracker, [0.1, 0.2, 0.3])
    tracker.record_learning_event("looting", 0.4, 0.1, 3, 0.001, seen=np.int64(4), where=Path("a"))
    tracker.create_goal("g", "G", 1, score_bounds=(0, 2))
    tracker.update_goal_progress("g", 0.5)
    path = tracker.export_learning_data(tmp_path / "new" / "export.json")
    data = json.loads(path.read_bytes())
    assert {"learning_events", "goals", "convergence_history", "learning_report"} <= set(data)

    other = LearningProgressTracker(clock=TickingClock(step=10.0))
    assert other.import_learning_data(path) == 4
    assert [e.to_dict() | {"metadata": 0} for e in other.learning_events] == [
        e.to_dict() | {"metadata": 0} for e in tracker.learning_events
    ]
    assert other.learning_events[-1].metadata == {"seen": 4, "where": "a"}
    assert other.goals == tracker.goals
    assert other.get_convergence_analysis() == tracker.get_convergence_analysis()
    assert other.import_learning_data(path) == 0, "twice is once"
    assert other.get_real_time_metrics()["total_learning_events"] == 4


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "other", "version": 1}', '{"format": 3}'])
def test_another_file_is_refused_and_changes_nothing(
    tracker: LearningProgressTracker, tmp_path: Path, content: str
) -> None:
    practise(tracker, [0.1])
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(EnvironmentFault):
        tracker.import_learning_data(path)
    assert len(tracker.learning_events) == 1


def test_the_picture_has_four_panels(tracker: LearningProgressTracker, tmp_path: Path) -> None:
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    practise(tracker, [0.1 * i for i in range(9)])
    tracker.create_goal("g", "G", 1)
    figure = tracker.visualize_learning_progress(save_path=tmp_path / "p.png")
    assert [a.get_title(loc="left") for a in figure.axes] == [
        "Learning curves", "Distribution of scores", "Learning rate", "Goals",
    ]  # fmt: skip
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    empty = LearningProgressTracker().visualize_learning_progress(save_path=tmp_path / "none" / "empty.png")
    assert len(empty.axes) == 4
    pyplot.close("all")


def test_without_matplotlib_the_picture_says_what_to_install(
    tracker: LearningProgressTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(EnvironmentFault, match=r"combatlens\[plots\]"):
        tracker.visualize_learning_progress()


def test_many_threads_lose_nothing() -> None:
    from threading import Thread

    tracker = LearningProgressTracker()

    def work(task: str) -> Callable[[], None]:
        return lambda: practise(tracker, [0.5] * 200, task=task)

    threads = [Thread(target=work(f"t{i}")) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tracker.get_real_time_metrics()["total_learning_events"] == 800
    times = [e.timestamp for e in tracker.learning_events]
    assert len(times) == 800
