"""Editing, deleting, merging and splitting sessions: rollups stay equal to a recount, and what was done is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.desk import START, Desk

from combatlens.bootstrap.application import Application
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import running_instance
from combatlens.cli.main import cli
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.events import Feedback, Kill, Occurrence, SessionOp, SkillUse, XpReading
from combatlens.ports import SessionQuery
from combatlens.services.corrections import Correction


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store.db")
    yield made
    made.close()


def _one(desk: Desk) -> None:
    desk.send(
        (0, SessionOp(op="start", session_id="one", build="sword")), (5, XpReading(value=100)),
        (10, Kill(xp=50, target="rat", id="k1")), (20, Kill(xp=60, target="rat")), (30, XpReading(value=9000)),
        (40, SkillUse(skill="a", damage=7)), (60, SessionOp(op="end")),
    )  # fmt: skip


def test_a_wrong_kill_and_a_wrong_reading_are_corrected(desk: Desk) -> None:
    _one(desk)
    wrong = desk.seq_of("one", Kill), desk.seq_of("one", XpReading, 1)
    desk.editor.edit("one", Correction(remove=wrong))
    summary = desk.history.summary("one")
    assert (summary.kills, summary.total_xp_gained, summary.xp.observed) == (1, 60, 0)
    assert desk.changed == ["one"]
    entry = desk.store.audit()[0]
    assert entry.detail["before"][str(wrong[0])]["xp"] == 50
    desk.assert_sound()


def test_a_removed_event_does_not_come_back(desk: Desk) -> None:
    _one(desk)
    desk.editor.edit("one", Correction(remove=(desk.seq_of("one", Kill),)))
    assert desk.send((10, Kill(xp=50, target="rat", id="k1"))).duplicates == 1
    assert desk.history.summary("one").kills == 1


def test_fields_of_an_event_are_changed_and_an_event_is_added(desk: Desk) -> None:
    _one(desk)
    kill = desk.seq_of("one", Kill, 1)
    desk.editor.edit(
        "one", Correction(change={kill: {"target": "boar"}}, add=({"type": "kill", "at": START + 50, "xp": 5},))
    )
    summary = desk.history.summary("one")
    assert (summary.kills, summary.targets["boar"].kills) == (3, 1)
    with pytest.raises(EnvironmentFault, match="keeps its type"):
        desk.editor.edit("one", Correction(change={kill: {"type": "death", "xp": None, "target": None}}))
    desk.assert_sound()


def test_labels_notes_and_rating_are_corrected(desk: Desk) -> None:
    _one(desk)
    desk.send((50, Feedback(rating=1)), (55, Feedback(rating=2)))
    desk.editor.edit("one", Correction(build="bow", zone="Lok", notes="on foot", rating=4))
    row = desk.history.sessions(SessionQuery()).rows[0]
    assert (row.build, row.zone, row.notes, row.rating) == ("bow", "Lok", "on foot", 4)
    desk.assert_sound()


def test_a_later_start_leaves_out_what_was_before(desk: Desk) -> None:
    _one(desk)
    desk.editor.edit("one", Correction(start=START + 15))
    summary = desk.history.summary("one")
    assert (summary.start_time, summary.kills, summary.build) == (START + 15, 1, "sword")
    desk.assert_sound()


def test_a_session_that_goes_on_is_corrected_and_goes_on(desk: Desk) -> None:
    desk.send((0, Kill(xp=5)), (10, Kill(xp=5)))
    name = desk.store.heads()[0].session_id
    desk.editor.edit(name, Correction(remove=(desk.seq_of(name, Kill),)))
    snapshot = desk.recorder.snapshot_now("player")
    assert snapshot is not None
    assert snapshot.kills == 1
    assert desk.send((20, Kill(xp=5))).session_id == name
    assert desk.history.summary(name).kills == 2
    desk.assert_sound()
    with pytest.raises(EnvironmentFault, match="goes on"):
        desk.editor.delete([name])


def test_a_deleted_session_is_gone_and_told_of(desk: Desk) -> None:
    _one(desk)
    desk.editor.delete(["one"])
    assert desk.store.heads() == []
    assert desk.store.records("one") == []
    assert desk.actions() == ["delete"]
    with pytest.raises(NotFound):
        desk.editor.delete(["one"])
    desk.send((100, SessionOp(op="start", session_id="one")))
    assert [name for name, *_ in desk.sessions()] == ["one"]


def test_what_was_split_can_be_merged_again(desk: Desk) -> None:
    _one(desk)
    before = desk.history.summary("one")
    second = desk.editor.split("one", START + 15)
    first, rest = desk.history.summary("one"), desk.history.summary(second)
    assert (first.kills, rest.kills, rest.build, first.end_time) == (1, 1, "sword", START + 10)
    desk.assert_sound()
    assert desk.editor.merge([second, "one"]) == "one"
    after = desk.history.summary("one")
    for name in ("kills", "deaths", "total_damage_dealt", "start_time", "end_time", "active_minutes", "skills"):
        assert getattr(after, name) == getattr(before, name)
    desk.assert_sound()
    assert desk.actions() == ["split", "merge"]


def test_sessions_are_merged_across_a_pause_and_an_end(desk: Desk) -> None:
    desk.send((0, SessionOp(op="start", session_id="a")), (1, Kill()), (2, SessionOp(op="pause")),
              (3, SessionOp(op="end")))  # fmt: skip
    desk.send((100, SessionOp(op="start", session_id="b")), (110, Kill()), (120, SessionOp(op="end")))
    desk.send((200, SessionOp(op="start", session_id="c")), (210, Kill()), (220, SessionOp(op="end")))
    with pytest.raises(EnvironmentFault, match="b lies between"):
        desk.editor.merge(["a", "c"])
    desk.editor.merge(["a", "b", "c"])
    assert desk.sessions() == [("a", 0, 220, "completed")]
    assert desk.history.summary("a").kills == 3
    desk.assert_sound()


def test_the_commands(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    runner = CliRunner()

    def run(*arguments: str) -> str:
        found = runner.invoke(cli, [*arguments, "--home", home], standalone_mode=False, catch_exceptions=False)
        return found.output

    run("session", "start", "--id", "one", "--build", "sword")
    run("session", "log-kill", "--xp", "5")
    run("session", "log-kill", "--xp", "7")
    run("session", "end")
    kills = json.loads(run("sessions", "show", "one", "--events", "--kind", "kill", "--json"))
    assert [kill["xp"] for kill in kills] == [5, 7]
    found = json.loads(run("sessions", "edit", "one", "--remove", str(kills[0]["seq"]), "--build", "bow", "--json"))
    assert (found["kills"], found["build"], found["total_xp_gained"]) == (1, "bow", 7)
    log = json.loads((tmp_path / "home/logs/combat_usage_log.json").read_text())
    assert log["sessions"][0]["kills"] == 1
    run("sessions", "delete", "one", "--yes")
    log = json.loads((tmp_path / "home/logs/combat_usage_log.json").read_text())
    assert log["sessions"] == []
    assert json.loads(run("db", "check", "--json"))["sound"] is True


@pytest.mark.expected_errors("bot API|learner")
def test_the_commands_go_through_the_running_instance(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    application = Application(home, None)
    logging.getLogger().error("bot API: this line is there in any case")
    application.start()
    try:
        runner = CliRunner()

        def run(*arguments: str) -> str:
            found = runner.invoke(
                cli, [*arguments, "--home", str(home.root)], standalone_mode=False, catch_exceptions=False
            )
            return found.output

        assert running_instance(home) is not None
        core = application.core
        now = core.clock.now() - 100
        core.recorder.submit(
            [
                Occurrence(SessionOp(op="start", session_id="one"), now, "bot"),
                Occurrence(Kill(xp=5), now + 10, "bot"),
                Occurrence(Kill(xp=7), now + 20, "bot"),
                Occurrence(SessionOp(op="end"), now + 30, "bot"),
            ]
        ).result(10)
        kills = json.loads(run("sessions", "show", "one", "--events", "--kind", "kill", "--json"))
        found = json.loads(run("sessions", "edit", "one", "--change", str(kills[0]["seq"]), '{"xp": 50}', "--json"))
        assert found["total_xp_gained"] == 57
        found = json.loads(run("sessions", "split", "one", "--at", str(now + 15), "--json"))
        assert (found["session_id"], found["kills"]) == ("one-2", 1)
        found = json.loads(run("sessions", "merge", "one-2", "one", "--json"))
        assert (found["session_id"], found["kills"], found["total_xp_gained"]) == ("one", 2, 57)
        run("sessions", "delete", "one", "--yes")
        assert json.loads(run("sessions", "list", "--json")) == []
        with pytest.raises(EnvironmentFault, match="there is no session"):
            run("sessions", "delete", "one", "--yes")
        at = now - 90 * 86_400
        core.recorder.submit([Occurrence(Kill(), at, "bot"), Occurrence(SessionOp(op="end"), at + 5, "bot")]).result(10)
        assert json.loads(run("db", "prune", "--older-than", "30d", "--dry-run", "--json"))["sessions"] == 1
        assert json.loads(run("db", "prune", "--older-than", "30d", "--yes", "--json"))["events"] == 2
        late = core.recorder.submit([Occurrence(Kill(), at + 1, "bot")]).result(10)
        assert "pruned" in late.rejected[0].error
        assert core.recorder.submit([Occurrence(Kill(), now + 40, "bot")]).result(10).accepted == 1
        assert "MB now" in run("db", "optimize")
        assert json.loads(run("db", "check", "--json"))["sound"] is True
        trail = json.loads(run("db", "audit", "--json"))
        assert [entry["action"] for entry in trail] == ["edit", "split", "merge", "delete", "prune"]
        assert trail[0]["detail"]["before"][str(kills[0]["seq"])]["xp"] == 5
        assert "prune" in run("db", "audit", "--limit", "1")
        for command in (["anonymise", "--yes"], ["upgrade"], ["import", str(home.database)]):
            with pytest.raises(EnvironmentFault, match=r"writes this home; end it first: combatlens ctl quit"):
                run("db", *command)
    finally:
        application.stop()


def test_a_clock_that_was_set_back_loses_nothing(desk: Desk) -> None:
    desk.send((1000, Kill(id="a")))
    desk.clock.time = START  # the wall clock jumps back; what comes in is dated by it
    desk.send((10, Kill(id="b")), (11, Kill(id="c")))
    assert sum(row.kills for row in desk.history.sessions(SessionQuery()).rows) == 3
    desk.assert_sound()
