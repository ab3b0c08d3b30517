"""`learn …` and `goals …` on a home with sessions in it, through the very command line."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.script import open_recording
from combatlens.cli.main import run_command

DAY = 86_400.0


def a_session(start: float, number: int) -> Iterator[dict[str, Any]]:
    """Ten rounds: travel, shoot out of range, close in, shoot, heal or die, loot; then a chest that jams."""
    at = start
    for round_ in range(10):
        lost = round_ % 5 == 4
        yield {"type": "action", "name": "travel", "duration_ms": 9000, "at": at}
        yield {
            "type": "skill",
            "skill": "shot",
            "target": "krayt",
            "success": False,
            "error": "out of range",
            "at": at + 9,
        }
        yield {"type": "action", "name": "close_in", "at": at + 10}
        yield {"type": "skill", "skill": "shot", "target": "krayt", "damage": 90, "at": at + 12}
        yield {"type": "damage_taken", "amount": 40, "source": "krayt", "at": at + 13}
        if lost:
            yield {"type": "death", "at": at + 14}
        else:
            yield {"type": "heal", "amount": 30, "skill": "stim", "at": at + 14}
            yield {"type": "kill", "target": "krayt", "xp": 100 + 10 * number, "at": at + 15}
            yield {"type": "action", "name": "loot", "at": at + 17}
        at += 60
    yield {
        "type": "attempt",
        "goal": "chest",
        "steps": ["open"],
        "success": False,
        "errors": ["the lock jams"],
        "at": at,
    }
    yield {"type": "attempt", "goal": "chest", "steps": ["oil", "open"], "success": True, "attempt_number": 2,
           "fix_applied": "Oil it", "at": at + 5}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six sessions, a day apart, the last one an hour ago."""
    root = tmp_path_factory.mktemp("home")
    recording = open_recording(Home.of(root), None)
    now = SystemClock().now()
    for number in range(6):
        receipt = recording.send(list(a_session(now - 3600 - (5 - number) * DAY, number)))
        assert receipt["rejected"] in ([], ())
    recording.close()
    return root


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, code: int = 0) -> str:
        assert run_command(["--home", str(home), *arguments]) == code
        out, err = capsys.readouterr()
        assert (err == "") == (code == 0), err
        return err if code else out

    return run


def test_learn_run_learns_from_events_and_writes_everything(call: Any, home: Path) -> None:
    said = call("learn", "run")
    assert "travel operations are consistently slow with 100.0% taking >5s" in said
    assert "When encountering OUT_OF_RANGE, consider using: close_in → shot" in said
    for name in (
        "extracted_learnings.json", "tool_learnings.json", "metrics_analysis_report.md", "tool_metrics_report.md",
        "learning_runs.log",
    ):  # fmt: skip
        assert (home / "logs" / name).stat().st_size > 50, name
    assert "travel_consistently_slow" in call("learn", "report")
    assert json.loads(call("learn", "report", "--json"))["metadata"]["sessions"] == 6
    found = json.loads(call("learn", "run", "--json"))
    assert {one["type"] for one in found["handed_on"]} >= {"performance", "error_recovery"}


def test_deaths_and_attempts_become_patterns_once(call: Any) -> None:
    call("learn", "run")
    call("learn", "run")
    stats = json.loads(call("learn", "stats", "--json"))["default"]
    assert stats["by_construct_type"]["fight"] == {"total": 60, "successes": 48, "failures": 12}
    assert stats["by_construct_type"]["chest"] == {"total": 12, "successes": 6, "failures": 6}
    patterns = {p["pattern_name"]: p for p in json.loads(call("learn", "patterns", "--json"))}
    assert patterns["killed_by_krayt"]["how_to_fix"].startswith("Use stim (in 100% of 48 won, 0% of 12 lost)")
    assert patterns["other_the_lock_jams"]["how_to_fix"] == "Oil it"
    assert "Fix: Oil it" in call("learn", "patterns", "--hints", "--kind", "chest")
    assert "What worked:" in call("learn", "patterns", "--all")


def test_consolidate_and_its_options(call: Any) -> None:
    call("learn", "run")
    assert "12 attempts" not in call("learn", "consolidate", "--stats-only")
    assert "killed_by_krayt (fight): 60 occurrences, 80% success rate" in call("learn", "consolidate", "--all")
    assert len(json.loads(call("learn", "consolidate", "--min-occurrences", "2", "--json"))) == 2
    assert "no profile 'nowhere'" in call("learn", "consolidate", "--profile", "nowhere", code=1)


def test_export_and_import_share_with_another_home(
    call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call("learn", "run")
    file = tmp_path / "shared.json"
    call("learn", "export", str(file))
    assert run_command(["--home", str(tmp_path / "other"), "learn", "import", str(file)]) == 0
    assert "default: 72 attempts and 2 patterns added" in capsys.readouterr().out
    assert "cannot be read" in call("learn", "import", str(tmp_path / "none"), code=1)


def test_a_tool_log_is_learned_from_alone(call: Any, tmp_path: Path) -> None:
    log = tmp_path / "post_tool_use.json"
    log.write_text(json.dumps([{"tool_name": "WebFetch", "duration_ms": 9000} for _ in range(120)]))
    found = json.loads(call("learn", "run", "--tool-log", str(log), "--json"))
    assert [one["pattern"] for one in found["handed_on"]] == ["WebFetch_consistently_slow"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to one thread")
def test_the_schedule_runs_until_it_is_ended(call: Any, home: Path) -> None:
    log = home / "logs" / "learning_runs.log"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    ending = threading.Thread(target=_interrupt_after_a_line, args=(log, before))
    ending.start()
    try:
        call("learn", "run", "--every", "6h")
    finally:
        ending.join()
        for number, handler in kept.items():
            signal.signal(number, handler)
    assert len(log.read_text().splitlines()) == before + 1
    assert "no span of time" in call("learn", "run", "--every", "soon", code=1)


def _interrupt_after_a_line(log: Path, before: int) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if log.exists() and len(log.read_text().splitlines()) > before:
            break
        pause.wait(0.01)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def test_without_a_run_the_report_says_how_to_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--home", str(tmp_path), "learn", "report"]) == 1
    assert "combatlens learn run" in capsys.readouterr().err


def test_goals_are_added_listed_and_removed(call: Any, home: Path) -> None:
    assert "no goal yet" in call("goals", "list")
    call("goals", "add", "xp_per_hour", "9000", "--id", "fast", "--description", "Be fast")
    call("goals", "add", "deaths_per_hour", "1")
    call("goals", "add", "kills", "1000")
    rows = {row["goal_id"]: row for row in json.loads(call("goals", "list", "--json"))}
    keys = [
        "goal_id",
        "description",
        "metric",
        "direction",
        "target",
        "current",
        "completion_percentage",
        "eta",
        "eta_80",
    ]
    assert list(rows["fast"])[: len(keys) + 1] == [*keys, "is_completed"]
    assert rows["deaths_per_hour"]["direction"] == "down"
    assert rows["kills"]["current"] == 0.0
    assert rows["kills"]["eta"].endswith("+00:00")
    assert rows["kills"]["eta_80"][0] <= rows["kills"]["eta"] <= rows["kills"]["eta_80"][1]
    assert "Be fast" in call("goals", "list")
    assert "there is a goal 'fast' already" in call("goals", "add", "dps", "9", "--id", "fast", code=1)
    assert "no goal can be set on 'luck'" in call("goals", "add", "luck", "9", code=1)
    for name in rows:
        call("goals", "remove", name)
    assert json.loads(call("goals", "list", "--json")) == []
    assert "there is no goal 'fast'" in call("goals", "remove", "fast", code=1)


def test_goals_that_cannot_be_read_are_kept_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "goals.json").write_text("[{")
    assert run_command(["--home", str(tmp_path), "goals", "list"]) == 1
    assert "goals.json.corrupt-" in capsys.readouterr().err
    assert run_command(["--home", str(tmp_path), "goals", "list"]) == 0
