"""What was refused at the API and by the screen reader stands in the store once a session ends, and teaches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.api_fakes import Api
from tests.learn_world import SMALL, START, play

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.learnings import learnings_of
from combatlens.domain.events import Occurrence


def test_the_api_tells_every_refusal_with_its_kind_and_reason(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    api = Api(tmp_path, on_refused=lambda *one: told.append(one))
    api.server.start()
    try:
        events = [
            {"type": "skill", "skill": "shot", "damage": -1}, {"type": "kill", "at": 9e9}, {"type": "hat"},
            {"type": "kill"}, 5,
        ]  # fmt: skip
        _, receipt, _ = api.call("POST", "/v1/events", events)
        assert receipt["accepted"] == 1
    finally:
        api.server.stop()
    assert [(source, what) for source, what, _ in told] == [
        ("bot", "skill_event"), ("bot", "kill_event"), ("bot", "event"), ("bot", "event"),
    ]  # fmt: skip
    assert "damage" in told[0][2]


def test_counts_are_kept_with_the_session_and_become_learnings(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    core = Core(home, what="a test")
    core.start()
    for _ in range(30):
        core.intake.refused("screen", "reading", "no digits")
        core.intake.looked(0.01, "ignored")
    told = play(SMALL, 6.0, np.random.default_rng(0), START)
    core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)
    core.closing.wait(60)
    found = core.analytics().dashboard()["intake"]
    assert found["refused"] == [{"source": "screen", "what": "reading", "reason": "no digits", "count": 30}]
    assert (found["screen"]["pictures"], found["screen"]["refused"]) == (30, 30)
    core.intake.refused("bot", "kill_event", "late")
    core.stop()
    learned = learnings_of(home, "default").learn()
    assert learned.refusals == 31, "what came after the last session is kept at the end"
    assert [one.pattern for one in learned.learnings if one.type == "validation"] == ["reading_validation_failures"]
