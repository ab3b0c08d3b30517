"""Trials from the shell: begun, played, decided; and told once by the running application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tests.integration.test_advice_followed import DAY, PISTOL, RIFLE
from tests.learn_world import START, play

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli, run_command
from combatlens.domain.events import Occurrence


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def call(home: Home, *arguments: str) -> Any:
    done = CliRunner().invoke(cli, ["--home", str(home.root), "trial", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_a_trial_from_beginning_to_answer(home: Home) -> None:
    begun = call(home, "add", "build", "rifle", "pistol", "--id", "guns")
    assert (begun["trial_id"], begun["sessions"], begun["sessions_more"]) == ("guns", [0, 0], None)
    trials = json.loads(home.trials.read_text())
    trials[0]["created_at"] = START - 1  # the simulated sessions lie in the past
    home.trials.write_text(json.dumps(trials))
    core = Core(home, what="a test")
    core.start()
    alerts: list[dict[str, Any]] = []
    core.on_alerts.append(alerts.append)
    rng = np.random.default_rng(3)
    for days in (range(6), range(6, 16), range(16, 18)):
        told = [one for day in days for one in play((RIFLE, PISTOL)[day % 2], 6.0, rng, START + day * DAY)]
        core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)
        core.closing.wait(120)
    stood = core.history.insights()["trials"]
    core.stop()
    [alert] = [alert for alert in alerts if alert["kind"] == "trial_decided"]
    assert alert["message"].startswith("pistol is worse than rifle: -")
    [found] = call(home, "list")
    assert (found["state"], found["comparison"]["verdict"], found["sessions"]) == ("decided", "worse", [9, 9])
    assert found["message"].startswith("pistol is worse than rifle: -")
    assert found == stood[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "build", "a", "a"), 1), (("add", "hat", "a", "b"), 2), (("remove", "nothing"), 1),
        (("add", "build", "a", "b", "--difference", "0"), 2), (("add", "rotation", "a > b", "b > a"), 1),
        (("add", "build", "a"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(
    home: Home, arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["--home", str(home.root), "trial", *arguments]) == code
    assert capsys.readouterr().err.startswith("combatlens: error: ")


def test_names_of_any_script_and_a_removed_trial(home: Home) -> None:
    assert call(home, "add", "build", "Schütze", "医生 🏹")["trial_id"] == "医生_schütze"
    assert call(home, "add", "tag", "regen", "without")["a"] == "without"
    assert run_command(["--home", str(home.root), "trial", "remove", "医生_schütze"]) == 0
    assert [one["b"] for one in call(home, "list")] == ["regen"]


def test_a_broken_file_is_set_aside_and_said(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.prepare()
    home.trials.write_text('[{"trial_id": 5}]')
    assert run_command(["--home", str(home.root), "trial", "list"]) == 1
    assert "the trials could not be read" in capsys.readouterr().err
    assert call(home, "list") == []
    assert len(list(home.root.glob("trials.json.corrupt-*"))) == 1
