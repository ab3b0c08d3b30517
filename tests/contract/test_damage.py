"""A file that is damaged: it is set aside or mended, and what can be read of it comes back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.care_homes import record
from tests.repository import ROOT

from combatlens.adapters.storage.engine import StoreDamaged, open_sqlite
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.bootstrap.care import check_store, mend_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Occurrence
from combatlens.services.committing import SCRIPT


@pytest.mark.expected_errors("damaged|learner")
@pytest.mark.parametrize("hurt", ["header", "middle", "torn"])
def test_a_damaged_file_is_set_aside_and_what_can_be_read_comes_back(home: Home, hurt: str) -> None:
    record(home, 3000)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE sessions SET end_at = NULL, state = 'active'")  # as after a crash
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = home.database.stat().st_size
    with home.database.open("r+b") as file:
        if hurt == "header":
            file.write(b"\0" * 100)
        elif hurt == "middle":
            file.seek(size // 2 // 4096 * 4096)
            file.write(os.urandom(4096))
        else:
            file.truncate(size - 3 * 4096 - 2048)
    core = Core(home, what="a test")
    core.start()
    try:
        assert core.salvaged is not None
        assert any("recovered" in str(health) for health in core._health())
        now = core.clock.now()
        assert core.recorder.submit([Occurrence(Kill(), now, "bot")]).result(10).accepted == 1
        found = core.salvaged.events
    finally:
        core.stop()
    assert check_store(home)["sound"]
    assert list(home.root.glob("combatlens.db.damaged-*"))
    assert 2000 < found <= 3000


@pytest.mark.expected_errors("damaged|learner")
@pytest.mark.parametrize(("left", "least"), [(0.5, 5_000), (0.1, 200), (0.04, 0)])
def test_of_a_file_that_was_cut_off_every_page_that_is_left_is_read(home: Home, left: float, least: int) -> None:
    record(home, 12_000)
    with sqlite3.connect(home.database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = {row[0]: row[1:] for row in connection.execute("SELECT seq, at, kind, body FROM events")}
    connection.close()
    size = home.database.stat().st_size
    os.truncate(home.database, int(size * left))
    home.suspect.touch()
    core = Core(home, what="a test")
    try:
        assert core.salvaged is not None
        told, found = core.salvaged.told(), core.salvaged.events
    finally:
        core.recorder.start()
        core.stop()
    assert found >= least  # the first pages are the roots of all tables
    assert "could not be read" in told or "cannot be told" in told
    assert check_store(home)["sound"]
    with sqlite3.connect(home.database) as connection:
        after = {row[0]: row[1:] for row in connection.execute("SELECT seq, at, kind, body FROM events")}
        kept = connection.execute("SELECT pruned, damage > 0 FROM sessions").fetchall()
    connection.close()
    assert after.items() <= before.items()
    assert kept == [(int(not found), 1)]  # without any event it keeps the figures that it had


HURT = {
    "events 6: body": "UPDATE events SET body = substr(body, 1, 9) WHERE seq = 6",
    "events 6: at": "UPDATE events SET at = 'soon' WHERE seq = 6",
    "sessions 1: summary": "UPDATE sessions SET summary = '{'",
    "sessions 1: active_s": "UPDATE sessions SET active_s = 9e999",
    "session_skills 1 's1': uses": "UPDATE session_skills SET uses = 'x' WHERE name = 's1'",
    "encounters 1 0: targets": "UPDATE encounters SET targets = '{'",
    "documents 'insights': body": "UPDATE documents SET body = '{' WHERE name = 'insights'",
    "a row without its session": "INSERT INTO minutes VALUES (7, 0, 0, 0, 0, 0, 0, 0, 0)",
    "no such table": "DROP TABLE minutes",
}
MISCOUNTED = {
    "the column xp": "UPDATE sessions SET xp = xp + 1",
    "told": "UPDATE session_sources SET events = 7",
    "events": "DELETE FROM events WHERE seq > 200",
}


@pytest.fixture(scope="module")
def learned_of(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a session and all that the learner leaves of one."""
    home = Home(tmp_path_factory.mktemp("learned") / "home")
    record(home)
    core = Core(home, what="a test", owner=SCRIPT)
    core.start(catch_up=True)
    core.closing.wait(None)
    core.stop()
    return home


def hurt(learned_of: Home, home: Home, statement: str) -> list[str]:
    """-> What the check says then."""
    shutil.copytree(learned_of.root, home.root)
    with sqlite3.connect(home.database) as connection:
        connection.execute(statement)
    connection.close()
    try:
        return list(check_store(home)["problems"])
    except StoreDamaged as fault:
        return [str(fault.__cause__)]


@pytest.mark.expected_errors("damaged|cannot be read")
@pytest.mark.parametrize("told", HURT)
def test_what_sqlite_takes_for_sound_is_found_and_recovered(learned_of: Home, home: Home, told: str) -> None:
    """It keeps no sums of its pages: a value that went wrong is a value to it."""
    assert any(told in problem for problem in hurt(learned_of, home, HURT[told]))
    salvaged = mend_store(home)
    assert salvaged is not None
    assert ("1 event of these sessions could not be read" in salvaged.told()) == told.startswith("events")
    assert check_store(home) == {"sound": True, "sessions": 1, "events": salvaged.events, "problems": []}
    assert salvaged.events == (299 if told.startswith("events") else 300)
    with sqlite3.connect(home.database) as connection:
        assert connection.execute("SELECT count(*) FROM session_stats").fetchone() == (1,)
        connection.execute("ATTACH ? AS old", (str(learned_of.database),))
        same = "SELECT session_id, character, start_at, end_at, kills, damage > 0 FROM {}.sessions"
        assert connection.execute(same.format("main")).fetchall() == connection.execute(same.format("old")).fetchall()
    connection.close()


@pytest.mark.parametrize("told", MISCOUNTED)
def test_figures_that_are_not_those_of_the_events_are_found_and_counted_anew(
    learned_of: Home, home: Home, told: str
) -> None:
    assert any(told in problem for problem in hurt(learned_of, home, MISCOUNTED[told]))
    assert mend_store(home) is None
    assert check_store(home)["problems"] == []


def test_a_row_that_cannot_be_read_is_told_with_what_to_do(home: Home) -> None:
    record(home, 5)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE sessions SET summary = '{'")
        name = connection.execute("SELECT session_id FROM sessions").fetchone()[0]
    connection.close()
    engine = open_sqlite(home.database, read_only=True)
    with pytest.raises(StoreDamaged, match="run: combatlens db check --mend"):
        SqlHistory(engine).detail(name)
    engine.dispose()


def test_a_headless_start_says_what_was_recovered(home: Home) -> None:
    record(home, 5)
    home.database.write_bytes(b"no database at all" * 500)
    command = [sys.executable, "-m", "combatlens", "run", "--headless", "--for", "0", "--home", str(home.root)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "app")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[0][:29]) == (0, "the database file was damaged"), done.stderr


@pytest.mark.expected_errors("damaged|cannot be read")
def test_a_recovery_that_fails_leaves_the_damaged_file_in_its_place(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(home, 5)
    home.database.write_bytes(damaged := b"no database at all" * 500)

    def full(_from: Path, _to: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(EnvironmentFault, match="cannot be recovered now: No space left"):
            Core(home, what="a test")
    assert home.database.read_bytes() == damaged
    assert not list(home.root.glob("*.damaged-*"))


@pytest.mark.expected_errors("damaged|learner|nothing of|closed")
def test_damage_met_while_recording_is_mended_at_the_next_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    record(home)
    core = Core(home, what="a test", owner=SCRIPT)
    core.start()

    def damaged(*_: object) -> None:
        raise StoreDamaged("the database file is damaged", "")

    with monkeypatch.context() as patch:
        patch.setattr(core.store, "write", damaged)
        with pytest.raises(StoreDamaged):
            core.recorder.submit([Occurrence(Kill(), core.clock.now(), "bot")]).result(10)
        core.stop()
    assert home.suspect.exists()
    with home.database.open("r+b") as file:
        file.seek(home.database.stat().st_size // 2 // 4096 * 4096)
        file.write(os.urandom(4096))
    core = Core(home, what="a test", owner=SCRIPT)
    core.stop()
    assert core.salvaged is not None
    assert core.salvaged.events > 100
    assert not home.suspect.exists()
