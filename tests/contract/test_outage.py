"""CombatLens begins and goes on without its database server, and tells so; later everything is there exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.integration.test_import_lending import fight
from tests.postgres import Server
from tests.repository import ROOT

from combatlens.adapters.combat_log import parser_process
from combatlens.adapters.combat_log.parser_process import ParserProcess
from combatlens.adapters.spool import FileSpool
from combatlens.bootstrap.care import check_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.importing import take_in as import_log
from combatlens.bootstrap.remote import Remote, running_instance
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Occurrence
from combatlens.services.committing import SCRIPT
from combatlens.services.importer import Progress
from combatlens.simulation.display import wait_for


@pytest.fixture
def home(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path / "home", postgres.database(), "north")
    monkeypatch.setenv("COMBATLENS_DATABASE", home.database_url)  # for the learner, which is a program of its own
    monkeypatch.setenv("COMBATLENS_MACHINE", home.machine)
    return home


@pytest.fixture
def server_away(postgres: Server) -> Iterator[Server]:
    postgres.stop("fast")
    yield postgres
    if not postgres.is_running():
        postgres.start()


class Running:
    """`combatlens run --headless` as a user starts it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT / "app"), "COMBATLENS_DATABASE": home.database_url,
            "COMBATLENS_MACHINE": home.machine,
        }  # fmt: skip
        command = [sys.executable, "-m", "combatlens", "run", "--headless", "--home", str(home.root)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        wait_for(lambda: running_instance(home) is not None, "CombatLens", 40.0)

    @property
    def remote(self) -> Remote:
        found = running_instance(self.home)
        assert found is not None
        return found

    def store_health(self) -> dict[str, Any] | None:
        return next((one for one in self.remote.get("/v1/status")["health"] if one["name"] == "store"), None)

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(20)


def _kills(first: int, count: int) -> list[dict[str, Any]]:
    return [{"type": "kill", "id": f"k{n}", "xp": 1} for n in range(first, first + count)]


def test_it_starts_records_shows_and_delivers_without_and_with_the_server(home: Home, server_away: Server) -> None:
    first = Running(home)
    try:
        answer = first.remote.post("/v1/sessions", {"session_id": "one", "build": "bow"})
        assert answer["session_id"] == "one"
        assert first.remote.send(_kills(0, 5))["accepted"] == 5
        wait_for(lambda: first.remote.get("/v1/status")["kills"] == 5, "the live picture")
        told = first.store_health()
        assert told is not None
        assert told["state"] == "warning"
        assert "refused" in told["remedy"] or "No such file" in told["remedy"]
        assert first.remote.get("/v1/insights") == {}
        assert "does not answer" in told["message"]
        assert "6 events wait" in told["message"]
    finally:
        first.end(signal.SIGKILL)
    second = Running(home)
    try:
        wait_for(lambda: second.remote.get("/v1/status")["kills"] == 5, "what waits, drawn anew")
        assert second.remote.send(_kills(3, 5))["accepted"] == 5
        wait_for(lambda: second.remote.get("/v1/status")["kills"] == 8, "no kill counted twice")
        server_away.start()
        wait_for(lambda: second.store_health() is None, "the delivery", 30.0)
        assert len(FileSpool(home.spool)) == 0
        status = second.remote.get("/v1/status")
        assert (status["kills"], status["session_id"], status["build"]) == (8, "one", "bow")
        assert second.remote.send(_kills(8, 2))["accepted"] == 2
        assert second.remote.post("/v1/sessions/current/end")["kills"] == 10
    finally:
        second.end()
    assert check_store(home)["problems"] == []
    assert "has died" not in home.program_log.read_text()


def test_a_server_that_refuses_is_an_error_at_the_start(postgres: Server, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", postgres.url("no_such_database"), "north")
    with pytest.raises(EnvironmentFault, match=r"refuses: .*no_such_database"):
        Core(home, what="a test")


def _connections(server: Server, home: Home) -> int:
    name = home.database_url.split("/")[3].split("?")[0]
    return int(server.sql("postgres", f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"))


def test_no_connection_stays_open(postgres: Server, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core(home, what="a test")
    core.start()
    core.recorder.submit([Occurrence(Kill(), core.clock.now(), "bot")]).result(10)
    core.stop()
    assert _connections(postgres, home) == 0

    def fail(*_: object) -> None:
        raise EnvironmentFault("the log is not to be had", "")

    monkeypatch.setattr("combatlens.bootstrap.core.UsageLog", fail)
    with pytest.raises(EnvironmentFault, match="not to be had"):
        Core(home, what="a test")
    assert _connections(postgres, home) == 0


@pytest.mark.expected_errors("waits in the spool|could not be closed")
def test_the_end_of_a_session_is_kept_when_the_server_was_restarted_unnoticed(postgres: Server, home: Home) -> None:
    first = Core(home, what="a test")
    first.start()
    first.recorder.submit([Occurrence(Kill(id="a"), first.clock.now(), "bot")]).result(10)
    postgres.stop("fast")
    postgres.start()
    first.stop()
    assert len(FileSpool(home.spool)) == 1
    second = Core(home, what="a test", owner=SCRIPT)
    second.start()
    wait_for(lambda: second.recorder.waiting == 0, "the delivery", 30.0)
    assert [head.state for head in second.store.heads()] == ["completed"]
    second.stop()
    assert check_store(home)["problems"] == []


def test_a_name_that_another_program_took_meanwhile_is_told_and_nothing_is_lost(
    home: Home, server_away: Server
) -> None:
    first = Running(home)
    try:
        first.remote.send(_kills(0, 3))
        server_away.start()
        other = Core(Home(home.root.with_name("other"), home.database_url, home.machine), what="a test", owner=SCRIPT)
        try:
            wait_for(lambda: "north" in str(first.store_health()), "word of the other", 30.0)
            first.remote.send(_kills(3, 3))
        finally:
            other.stop()
        wait_for(lambda: first.store_health() is None, "the delivery", 30.0)
        assert first.remote.get("/v1/status")["kills"] == 6
    finally:
        first.end()


@pytest.mark.expected_errors("waits in the spool|could not be closed")
def test_an_import_whose_sessions_are_lent_outlives_an_outage(
    postgres: Server, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_process, "WORTH_BYTES", 0)
    monkeypatch.setattr(parser_process, "LENT_AHEAD", 0)
    lent: list[str] = []
    lend = ParserProcess.lend

    def lend_and_tell(parser: ParserProcess, session_id: str, *what: Any, **how: Any) -> None:
        lend(parser, session_id, *what, **how)
        lent.append(session_id)

    def stop(_progress: Progress) -> None:
        if lent and postgres.is_running() and len(lent) == 1:
            lent.append("and the server is gone")
            postgres.stop("fast")

    monkeypatch.setattr(ParserProcess, "lend", lend_and_tell)
    core = Core(home, what="a test", profile="swg")
    try:
        core.start()
        log = fight(tmp_path / "a.txt", 3_600, 30_000)
        importer = Thread(target=import_log, args=(core, [log], "swg", "Bob", stop, lambda: False))
        importer.start()
        wait_for(lambda: not postgres.is_running() and core.recorder.waiting > 0, "the outage", 60.0)
        postgres.start()
        importer.join(60)
        assert not importer.is_alive()
        wait_for(lambda: core.recorder.waiting == 0 and not core.store.unfinished(), "the delivery", 60.0)
        (head,) = core.store.heads()
        assert core.past.summary(head.session_id).total_damage_dealt == sum(n % 90 for n in range(3_600, 33_600))
    finally:
        if not postgres.is_running():
            postgres.start()
        core.stop()
    assert check_store(home)["problems"] == []
