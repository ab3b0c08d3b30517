"""The learner's runs: new sessions appended, a rebuild the same bit for bit, requests never lost."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from tests.learn_world import START
from tests.shelf import Shelf

from combatlens.domain.errors import EnvironmentFault
from combatlens.services.learn_worker import learn, run_worker
from combatlens.services.learner import Learned, Learner

NOW = START + 1e6


def rebuilt(shelf: Shelf) -> Learned:
    anew = Shelf()
    anew.sessions = shelf.sessions
    return learn(anew, NOW)


def test_one_session_after_another_gives_what_a_rebuild_gives_bit_for_bit() -> None:
    shelf = Shelf()
    for day in range(10):
        shelf.play(f"s{day}", day, seed=day)
        result = learn(shelf, NOW)
        assert list(result.stats) == [f"s{day}"]
        shelf.commit(result)
    again = rebuilt(shelf)
    assert msgspec.json.encode(result.insights) == msgspec.json.encode(again.insights)
    assert result.history == again.history


def test_an_older_session_imported_late_and_a_changed_one_are_taken_in() -> None:
    shelf = Shelf()
    for day in (3, 5):
        shelf.play(f"s{day}", day, seed=day)
        shelf.commit(learn(shelf, NOW))
    shelf.play("s1", 1, seed=1)
    shelf.play("s5", 5, seed=99)
    result = learn(shelf, NOW)
    assert sorted(result.stats) == ["s1", "s5"]
    assert result.history == rebuilt(shelf).history
    assert result.insights["meta"]["sessions"] == 3


def test_many_sessions_are_learned_from_in_several_runs() -> None:
    shelf = Shelf()
    for day in range(5):
        shelf.play(f"s{day}", day, seed=day)
    runs = []
    while not runs or runs[-1].unfinished:
        runs.append(learn(shelf, NOW, at_once=2))
        shelf.commit(runs[-1])
    assert [len(run.stats) for run in runs] == [2, 2, 1]
    assert runs[-1].history == rebuilt(shelf).history


def test_a_deleted_session_is_forgotten() -> None:
    shelf = Shelf()
    for day in range(3):
        shelf.play(f"s{day}", day, seed=day)
    shelf.commit(learn(shelf, NOW))
    del shelf.sessions["s1"], shelf.stats["s1"]
    result = learn(shelf, NOW)
    assert result.insights["meta"]["sessions"] == 2
    assert result.history == rebuilt(shelf).history


def test_statistics_of_another_version_are_asked_for_again() -> None:
    shelf = Shelf()
    shelf.play("s1", 1, seed=1)
    shelf.commit(learn(shelf, NOW))
    shelf.stats["s1"] = msgspec.msgpack.encode({"version": 0})
    shelf.blob = None
    assert learn(shelf, NOW).outdated == ("s1",)


def test_nothing_recorded_still_has_every_key() -> None:
    found = learn(Shelf(), NOW).insights
    assert found["skill_performance"] == {}
    assert found["xp_efficiency"]["best_xp_skill"] is None
    assert found["build_recommendations"]["recommended_rotation"] == []
    assert found["performance_metrics"]["total_sessions_analyzed"] == 0


def test_the_worker_prints_one_json_object() -> None:
    shelf = Shelf()
    shelf.play("s1", 1, seed=1)
    out = io.BytesIO()
    assert run_worker(shelf, NOW, out) == 0
    assert msgspec.json.decode(out.getvalue(), type=Learned) == learn(shelf, NOW)


class StoppedClock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


ANSWER = 'print("{\\"insights\\": {\\"meta\\": {\\"sessions\\": 2}}}")'


def test_a_request_is_done_after_the_commit() -> None:
    committed: list[Learned] = []
    learner = Learner(program(ANSWER), committed.append, StoppedClock())
    learner.start()
    learned = learner.request().result(20)
    assert committed == [learned]
    assert learner.health().message == "learned from 2 sessions"
    learner.stop()


def test_a_request_is_done_when_nothing_is_left(tmp_path: Path) -> None:
    mark = tmp_path / "second run"
    text = f"import pathlib; m = pathlib.Path({str(mark)!r}); d = m.exists(); m.touch(); "
    answer = """print('{"insights": {}, "unfinished": %s}' % ("false" if d else "true"))"""
    committed: list[Learned] = []
    learner = Learner(program(text + answer), committed.append, StoppedClock())
    learner.start()
    learned = learner.request().result(20)
    assert [run.unfinished for run in committed] == [True, False]
    assert learned == committed[1]
    learner.stop()


def test_sessions_of_another_version_are_learned_from_anew_at_once(tmp_path: Path) -> None:
    """After an update the first request gives all that is known, not the newest session alone."""
    count = (
        f"import pathlib; p = pathlib.Path({str(tmp_path / 'runs')!r}); n = len(p.read_text()) if p.exists() else 0; "
    )
    text = count + "p.write_text('x' * (n + 1)); "
    answer = """print('{"insights": {}, "outdated": %s}' % ('["old", "pruned"]' if n == 0 else '["pruned"]'))"""
    committed: list[Learned] = []
    learner = Learner(program(text + answer), committed.append, StoppedClock())
    learner.start()
    learner.request().result(20)
    learner.stop()
    assert [run.outdated for run in committed] == [("old", "pruned"), ("pruned",), ("pruned",)], "it ends with the lost"


def test_requests_during_a_run_share_the_next_one(tmp_path: Path) -> None:
    go, runs = threading.Event(), []

    def commit(learned: Learned) -> None:
        runs.append(learned)
        go.wait(20)

    learner = Learner(program(ANSWER), commit, StoppedClock())
    learner.start()
    first = learner.request()
    while not runs:
        assert not first.done()
    later = [learner.request() for _ in range(5)]
    go.set()
    for future in later:
        future.result(20)
    assert len(runs) == 2
    learner.stop()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit('disk I/O error')", "disk I/O error"),
        ("print('no json')", "could not be read"),
        ("import time; time.sleep(60)", "took over 0.5 s"),
    ],
)
def test_a_failed_run_says_why_and_the_next_request_is_served(text: str, said: str) -> None:
    learner = Learner(program(text), lambda learned: None, StoppedClock(), timeout_s=0.5 if "sleep" in text else 60)
    learner.start()
    with pytest.raises(EnvironmentFault, match=said):
        learner.request().result(20)
    assert learner.health().state == "failed"
    with pytest.raises(EnvironmentFault, match=said):
        learner.request().result(20)
    learner.stop()


def test_a_failed_run_is_tried_again_by_itself(tmp_path: Path) -> None:
    mark = tmp_path / "second"
    text = f"import pathlib; p = pathlib.Path({str(mark)!r})\nif not p.exists(): p.touch(); raise SystemExit('busy')\n"
    text += ANSWER
    done = threading.Event()
    learner = Learner(program(text), lambda learned: done.set(), StoppedClock(), retry_after_s=(0.01,))
    learner.start()
    with pytest.raises(EnvironmentFault, match="busy"):
        learner.request().result(20)
    assert done.wait(20)
    learner.stop()


def test_stopping_ends_the_worker_and_answers_everybody() -> None:
    learner = Learner(program("import time; time.sleep(60)"), lambda learned: None, StoppedClock())
    learner.start()
    future = learner.request()
    while learner.health().state != "starting":
        pass
    learner.stop()
    learner.stop()
    assert future.cancelled() or future.exception() is not None
    with pytest.raises(EnvironmentFault):
        learner.request().result(1)


def test_the_worker_ends_when_its_parent_is_gone() -> None:
    text = (
        "import sys, time; from combatlens.services.learn_worker import end_with_parent; "
        "end_with_parent(sys.stdin.buffer); print('up', flush=True); time.sleep(60)"
    )
    path = str(Path(__file__).parents[2] / "app")
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {text}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == b"up"
    process.stdin.close()
    assert process.wait(30) == 3
    process.stdout.close()
