"""A goal that is reached is told once by the running application; insights as text name the trials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner
from tests.learn_world import SMALL, START, play

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli
from combatlens.domain.events import Occurrence

DAY = 86_400.0


def test_a_goal_is_told_when_the_session_that_reached_it_ends(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--home", str(home.root), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    call("goals", "add", "kills", "5", "--description", "five wolves")
    call("goals", "add", "kills", "100000")
    goals = json.loads(home.goals.read_text())
    home.goals.write_text(json.dumps([goal | {"created_at": START - 1} for goal in goals]))  # before what is simulated
    call("trial", "add", "build", "rifle", "pistol", "--id", "guns")
    core = Core(home, what="a test")
    core.start()
    alerts: list[dict[str, Any]] = []
    core.on_alerts.append(alerts.append)
    rng = np.random.default_rng(3)
    for day in range(2):
        told = play(SMALL, 6.0, rng, START + day * DAY)
        core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)
        core.closing.wait(120)
    core.stop()
    news = [(alert["metric"], alert["message"]) for alert in alerts if alert["kind"] == "goal_reached"]
    assert news == [("kills", "goal reached: five wolves")]
    assert "  trial guns: " in call("insights")
