"""Large logs: parsed in a process of its own, cut short at any moment, or taken in by the instance that runs."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.realdata import LOGS, realdata
from tests.repository import ROOT

from combatlens.adapters.combat_log import parser_process
from combatlens.adapters.combat_log.frames import Task
from combatlens.adapters.combat_log.parser_process import ParserProcess
from combatlens.adapters.combat_log.reading import FileParser
from combatlens.adapters.storage.recount import differences
from combatlens.bootstrap.application import Application
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.importing import import_anyhow, import_files
from combatlens.bootstrap.own_commands import worker_command
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import LogRules
from combatlens.services.importer import LogParser, ParsedBatch, Progress

PARSE = worker_command("parse")


def long_log(path: Path, lines: int) -> Path:
    """Fights of a minute each, ten minutes apart, for as many lines."""
    with path.open("w") as file:
        file.write("Logging In [Sat Feb 17 08:00:00 2024]\n")
        for number in range(lines):
            minute = 8 * 60 + number // 50 * 10
            file.write(
                f"[Combat]  {minute // 60 % 24:02}:{minute % 60:02}:{number % 50:02} Bob hits a rat {number % 90} pts\n"
            )
    return path


def whole(parser: LogParser) -> tuple[Any, ...]:
    with closing(parser):
        batches: list[ParsedBatch] = list(parser.batches())
    events = [occurrence for batch in batches for occurrence in batch.events]
    counts = [(b.lines, b.silent, b.unmatched, b.shapes, b.done, b.spans) for b in batches]
    return events, counts, msgspec.to_builtins(batches[-1].actors), parser.dialect, parser.player, parser.size


@pytest.mark.parametrize("dialect", LOGS)
def test_the_process_says_what_this_one_says(dialect: str) -> None:
    path, rules = realdata(*LOGS[dialect].split("/")), LogRules(dialect=dialect)
    here = whole(FileParser(path, rules, "", "player"))
    assert whole(ParserProcess(PARSE, Task(str(path), rules, "", "player"))) == here
    assert len(here[0]) > 100


def test_what_the_process_cannot_open_is_said(tmp_path: Path) -> None:
    path = tmp_path / "shopping.txt"
    path.write_text("milk\nbread\n")
    with pytest.raises(EnvironmentFault, match="no combat-log format"):
        ParserProcess(PARSE, Task(str(path), LogRules(), "", "player"))


def test_a_process_that_breaks_off_is_said_and_none_is_left_behind(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="broke off: it has burst"):
        ParserProcess([sys.executable, "-c", "raise SystemExit('it has burst')"], Task("x", LogRules(), "", ""))
    log = ParserProcess(PARSE, Task(str(long_log(tmp_path / "a.txt", 60_000)), LogRules(), "", "player"))
    batches = log.batches()
    next(batches)
    batches.close()
    log.close()
    assert log._process.returncode is not None


def sound(home: Path) -> dict[str, int]:
    """Every session's rollups equal a recount of its events. -> what is in the store."""
    core = Core(Home(home), what="a test")
    try:
        core.recorder.recover()
        heads = core.store.heads()
        assert all(head.end is None or head.last <= head.end for head in heads)
        for head in heads:
            assert list(differences(core.store, core.past, head, core.rules_of(head.profile))) == []
        return {head.session_id: core.past.summary(head.session_id).events for head in heads}
    finally:
        core.stop()


def take_in(home: Path, *files: Path, cancel: Any = lambda: False) -> dict[str, Any]:
    return import_files(Home(home), files, "swg", "Bob", None, lambda _progress: None, cancel).as_json()


@pytest.mark.parametrize("dialect", LOGS)
def test_a_real_logs_rollups_equal_a_recount(dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_process, "WORTH_BYTES", 0)
    monkeypatch.setattr(parser_process, "LENT_AHEAD", 0)
    path = realdata(*LOGS[dialect].split("/"))
    for added in (True, False):
        found = import_files(Home(tmp_path), [path], dialect, "", None, lambda _progress: None, lambda: False)
        (file,) = found.result.files
        assert (file.added > 0) == added
        assert sum(sound(tmp_path).values()) <= file.events  # what joins no session is in none
        assert found.sessions


def test_an_import_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    log = long_log(tmp_path / "long.txt", 60_000)
    command = [
        sys.executable, "-m", "combatlens", "import", str(log), "--profile", "swg", "--player", "Bob",
        "--home", str(tmp_path / "killed"),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "app")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    database = tmp_path / "killed" / "combatlens.db"
    until = time.monotonic() + 120
    while not (database.exists() and _events(database) > 5_000):
        assert process.poll() is None
        assert time.monotonic() < until
        threading.Event().wait(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = _events(database)
    assert sum(sound(tmp_path / "killed").values()) == before
    rest = take_in(tmp_path / "killed", log)["files"][0]
    assert 0 < before < 60_000
    assert before + rest["added"] == rest["events"] == 60_000
    take_in(tmp_path / "whole", log)
    assert sound(tmp_path / "killed") == sound(tmp_path / "whole")


def _events(database: Path) -> int:
    """How many events are committed; 0 before there is a table."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection, suppress(sqlite3.Error):
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    return 0


def test_cancel_and_again_is_the_whole_once(tmp_path: Path) -> None:
    log = long_log(tmp_path / "long.txt", 60_000)
    asked = iter([False, False, True])
    first = take_in(tmp_path / "home", log, cancel=lambda: next(asked, True))
    assert first["cancelled"]
    again = take_in(tmp_path / "home", log)
    assert 0 < first["files"][0]["added"] < 60_000
    assert first["files"][0]["added"] + again["files"][0]["added"] == 60_000
    assert take_in(tmp_path / "home", log)["files"][0]["added"] == 0
    assert again["actors"]["Bob"]["damage_dealt"] == sum(n % 90 for n in range(60_000))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    application = Application(home, "swg")
    try:
        application.start()
        yield home
    finally:
        application.stop()


def test_the_running_instance_does_the_import(running: Home, tmp_path: Path) -> None:
    log = long_log(tmp_path / "long.txt", 10_000)
    seen: list[Progress] = []
    found = import_anyhow(running, [log], None, "Bob", None, seen.append, lambda: False)
    assert found["files"][0]["added"] == 10_000
    assert sum(session["total_damage_dealt"] for session in found["sessions"]) == sum(n % 90 for n in range(10_000))
    assert json.dumps(found)
    again = import_anyhow(running, [log], "swg", "Bob", None, seen.append, lambda: False)
    assert again["files"][0]["added"] == 0
    assert all(progress.total == log.stat().st_size for progress in seen)
    for wrong, match in ((("wow", None), "runs with the profile 'swg'"), ((None, 5.0), "session gap")):
        with pytest.raises(EnvironmentFault, match=match):
            import_anyhow(running, [log], wrong[0], "Bob", wrong[1], seen.append, lambda: False)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        import_anyhow(running, [tmp_path / "absent.txt"], None, "Bob", None, seen.append, lambda: False)
