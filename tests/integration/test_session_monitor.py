"""SessionMonitor: what a bot's tools and scripts become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.api_fakes import running

from combatlens.api.client import BotClient
from combatlens.api.session_monitor import SessionMonitor
from combatlens.domain.events import Action, Attempt, Feedback, SessionOp


def test_a_session_becomes_events_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as api, SessionMonitor(home=tmp_path) as monitor:
        assert monitor.start_session("night", {"task": "hides", "build": "rifle", "files": ["a.lua"]}) == "night"
        monitor.log_tool_usage("pathfinder", True, 150)
        monitor.log_tool_usage("looter", False, 50, "bag full")
        monitor.log_code_generation("rotation.lua", "rotation", "headshot\n\n  burst\n", {"why": "more damage"})
        monitor.log_code_generation("macro.txt", "macro", accepted=False, modified=True, time_to_accept=3.5)
        told = monitor.end_session(5, "fine", ["farming"])
    assert told == {
        "session_id": "night", "tools_used": 2, "success_rate": 0.5, "average_time_ms": 100.0, "code_generated": 2,
        "acceptance_rate": 0.5, "feedback_rating": 5,
    }  # fmt: skip
    start, used, failed, script, macro, feedback, end = (each.event for each in api.recorder.occurrences)
    assert isinstance(start, SessionOp)
    assert (start.op, start.session_id, start.build, start.meta) == (
        "start", "night", "rifle", {"task": "hides", "files": ["a.lua"]},
    )  # fmt: skip
    assert isinstance(used, Action)
    assert (used.name, used.success, used.duration_ms) == ("pathfinder", True, 150)
    assert isinstance(failed, Action)
    assert (failed.success, failed.error) == (False, "bag full")
    assert isinstance(script, Attempt)
    assert (script.goal, script.steps, script.success) == ("rotation: rotation.lua", ("headshot", "burst"), True)
    assert script.meta is not None
    assert (script.meta["lines"], script.meta["why"]) == (2, "more damage")
    assert isinstance(macro, Attempt)
    assert (macro.success, (macro.meta or {})["time_to_accept_s"]) == (False, 3.5)
    assert isinstance(feedback, Feedback)
    assert (feedback.rating, feedback.text, feedback.tags) == (5, "fine", ("farming",))
    assert isinstance(end, SessionOp)
    assert end.op == "end"


def test_a_session_without_a_name_gets_one(tmp_path: Path) -> None:
    with SessionMonitor(home=tmp_path, clock=lambda: 1_733_012_345.7) as monitor:
        assert monitor.start_session() == "session_1733012345"
        assert monitor.end_session()["tools_used"] == 0


@pytest.mark.parametrize("wrong", [0, 6, 4.5])
def test_wrong_use_is_told(tmp_path: Path, wrong: Any) -> None:
    with SessionMonitor(home=tmp_path) as monitor:
        with pytest.raises(RuntimeError, match="start_session"):
            monitor.end_session(5)
        with pytest.raises(ValueError, match="4096"):
            monitor.start_session("s", {"task": "x" * 5000})
        monitor.start_session("s")
        with pytest.raises(ValueError, match="1 to 5"):
            monitor.end_session(wrong)


def test_a_given_client_stays_open(tmp_path: Path) -> None:
    with running(tmp_path) as api, BotClient(tmp_path) as client:
        with SessionMonitor(client) as monitor:
            monitor.log_tool_usage("looter")
        client.kill("rat")
        assert client.flush()
        assert len(api.recorder.occurrences) == 2
