"""Advice from its first day to the verdict, over a simulated history: given, accepted, measured, told everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from click.testing import CliRunner
from tests.learn_world import SMALL, START, World, play

from combatlens.bootstrap.advisor import HomeAdvisor
from combatlens.bootstrap.coach import HomeCoach
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli, run_command
from combatlens.domain.events import DamageTaken, Death, Decision, Event, Kill, Occurrence, SessionOp, SkillUse
from combatlens.ui.coach_words import advice

DAY = 86_400.0
RIFLE = replace(SMALL, context={"build": "rifle"})
PISTOL = replace(SMALL, context={"build": "pistol"}).with_damage(0.6)
BEFORE = [PISTOL, RIFLE, PISTOL, RIFLE, PISTOL, PISTOL, RIFLE, PISTOL] * 2


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = Core(Home(tmp_path / "home"), what="a test")
    made.start()
    yield made
    made.stop()


def record(core: Core, worlds: list[World], first_day: int) -> None:
    """A 6-minute session a day, closed and learned from when this returns."""
    rng = np.random.default_rng(first_day)
    told = [one for day, world in enumerate(worlds, first_day) for one in play(world, 6.0, rng, START + day * DAY)]
    core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)
    core.closing.wait(120)


def decide(core: Core, name: str, what: Literal["accepted", "modified", "rejected"], day: float) -> None:
    event = Decision(recommendation_id=name, decision=what)
    core.recorder.submit([Occurrence(event, START + day * DAY, "app")]).result(30)


def outcome(core: Core, name: str) -> dict[str, Any]:
    rows = core.history.insights()["advice"]["outcomes"]
    found: dict[str, Any] = next(row for row in rows if row["recommendation_id"] == name)
    return found


def test_advice_is_given_accepted_and_found_to_have_helped(core: Core) -> None:
    alerts: list[dict[str, Any]] = []
    core.on_alerts.append(alerts.append)
    record(core, BEFORE, 0)
    advice = core.history.insights()["recommendations"]
    build = next(row for row in advice if row["kind"] == "build")
    assert build["text"] == "prefer the build rifle to pistol"
    assert build["decision"] is None
    decide(core, build["id"], "accepted", 15.5)  # between two sessions, as people do
    record(core, [RIFLE] * 2, 16)
    assert outcome(core, build["id"])["verdict"] == "too_early"
    record(core, [RIFLE] * 8, 18)
    found = outcome(core, build["id"])
    assert (found["verdict"], found["decision"], found["sessions_after"]) == ("helped", "accepted", 10)
    assert found["text"] == build["text"]
    assert found["ci"][0] > 0
    assert core.history.insights()["advice"]["trust"] == 1.0
    told = [alert for alert in alerts if alert["kind"] == "advice_helped"]
    assert len(told) == 1, "it is told once, not after every session"
    assert "prefer the build rifle to pistol: it helped: +" in told[0]["message"]
    row = next(row for row in core.analytics().dashboard()["recommendations"]["each"] if row["id"] == build["id"])
    assert (row["accepted"], row["outcome"]) == (1, "helped")


def test_advice_that_made_it_worse_is_said_and_costs_trust(core: Core) -> None:
    alerts: list[dict[str, Any]] = []
    core.on_alerts.append(alerts.append)
    record(core, BEFORE, 0)
    before = {row["id"]: row for row in core.history.insights()["recommendations"]}
    name = next(iter(before))
    decide(core, name, "modified", 15.5)
    record(core, [PISTOL.with_damage(0.4)] * 8, 16)
    assert outcome(core, name)["verdict"] == "made_it_worse"
    assert [alert["severity"] for alert in alerts if alert["kind"] == "advice_made_it_worse"] == ["high"]
    trust = core.history.insights()["advice"]["trust"]
    assert trust == pytest.approx(4 / 6)
    now = {row["id"] for row in core.history.insights()["recommendations"]}
    earlier = before.keys() - now
    assert earlier, "something stood there that does not stand any more"
    assert all(core.history.was_advised(name) for name in earlier | now)
    assert not core.history.was_advised("build-0000000000")
    for row in core.history.insights()["recommendations"]:
        assert row["confidence"] <= trust


def test_a_rejected_one_is_not_measured_and_a_change_of_mind_ends_the_measure(core: Core) -> None:
    record(core, BEFORE, 0)
    name = next(row["id"] for row in core.history.insights()["recommendations"])
    decide(core, name, "accepted", 15.5)
    record(core, [RIFLE] * 4, 16)
    decide(core, name, "rejected", 19.5)
    record(core, [PISTOL] * 4, 20)
    rows = [row for row in core.history.insights()["advice"]["outcomes"] if row["recommendation_id"] == name]
    assert [(row["decision"], row["sessions_after"]) for row in rows] == [("accepted", 4), ("rejected", 4)]
    assert rows[1]["verdict"] == "rejected"


def test_a_target_that_only_kills_is_advised_against_wherever_advice_is_shown(tmp_path: Path) -> None:
    """The bot meets a dragon after every wolf, 60 times, and never kills it."""
    home = Home(tmp_path / "home")
    core = Core(home, what="a test")
    core.start()
    told: list[tuple[float, Event]] = []
    for i in range(60):
        at = START + 120.0 * i
        told += [(at + t, SkillUse(skill="shot", damage=50, target="wolf")) for t in range(0, 20, 2)]
        told.append((at + 20, Kill(target="wolf", xp=100)))
        told += [(at + 20 + t, SkillUse(skill="shot", damage=50, target="dragon")) for t in range(4, 40, 4)]
        told += [(at + 60, DamageTaken(amount=900, source="dragon")), (at + 60, Death())]
    told.append((told[-1][0] + 60, SessionOp(op="end")))
    core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)
    core.closing.wait(120)
    (row,) = [row for row in HomeAdvisor(core).recommendations("") if row["kind"] == "target"]
    assert row["text"] == "leave dragon alone, fight wolf instead"
    assert row["text"].capitalize() in [one.text for one in advice(core.history.insights())]
    decide(core, row["id"], "accepted", 1.0)
    core.stop()
    shown = CliRunner().invoke(cli, ["--home", str(home.root), "recommend"]).output
    assert "leave dragon alone, fight wolf instead\n" in shown
    assert "it killed you 60 times and never died; a lost fight takes 0:36, getting up 1:00, confidence" in shown


def test_the_commands_and_the_windows_coach_tell_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    core = Core(home, what="a test")
    core.start()
    record(core, BEFORE, 0)
    name = next(row["id"] for row in core.history.insights()["recommendations"] if row["kind"] == "build")
    coach = HomeCoach(core)
    coach.add_goal("kills", 10_000, "Kills: at least 10,000")
    coach.add_trial("build", "rifle", "pistol")
    assert [goal["description"] for goal in coach.goals()] == ["Kills: at least 10,000"]
    assert "+ 0 sessions so far" in coach.trials()[0]["message"]
    with pytest.raises(Exception, match="there is no trial 'x'"):
        coach.remove_trial("x")
    coach.decide(name, "accepted", "")
    core.learner.request().result(60)
    assert outcome(core, name)["verdict"] == "too_early"
    core.stop()

    def output(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["--home", str(home.root), *arguments]).output

    assert f"id {name}" in output("recommend")
    assert re.search(r"accepted on [\d-]+: too early to say whether it helps: 0 sessions since", output("recommend"))
    assert json.loads(output("recommend", "--outcomes", "--json"))[0]["recommendation_id"] == name
    assert run_command(["--home", str(home.root), "recommend", "--reject", "unknown"]) == 1
    assert f"{name}: rejected" in output("recommend", "--reject", name)
    outcomes = json.loads(output("recommend", "--outcomes", "--json"))
    assert [row["decision"] for row in outcomes] == ["accepted", "rejected"], "told at once, not with the next session"
    found = json.loads(output("analytics", "dashboard", "--json"))["recommendations"]
    assert (found["accepted"], found["rejected"]) == (1, 1)
