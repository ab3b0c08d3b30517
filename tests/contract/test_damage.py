"""A file that is damaged, older, newer, held by another program, or on a disk that is full or read-only."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from tests.contract.care_homes import first_schema, record, small_disk
from tests.repository import ROOT

from combatlens.adapters.storage.engine import HEAD_REVISION, StoreDamaged, faults, open_sqlite
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.bootstrap.care import check_store, mend_store, upgrade_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Occurrence, SkillUse
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


def test_a_newer_store_is_refused_with_both_versions(home: Home) -> None:
    record(home, 1)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for work in (lambda: Core(home, what="x"), lambda: check_store(home), lambda: upgrade_store(home)):
        with pytest.raises(EnvironmentFault, match=f"schema 9999, this CombatLens (knows|has) {HEAD_REVISION}"):
            work()


def test_an_older_store_is_copied_before_it_is_brought_up(home: Home) -> None:
    home.prepare()
    engine = open_sqlite(home.database)
    first_schema(engine)
    engine.dispose()
    assert "kept as" in upgrade_store(home).told()
    (copy,) = home.root.glob("combatlens.db.before-*")
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert old.execute("SELECT body FROM documents").fetchone() == ("b",)
    old.close()
    record(home, 1)
    assert check_store(home)["sound"]


@pytest.mark.expected_errors("nothing of")
def test_a_store_held_by_another_program_is_told_of_and_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("combatlens.adapters.storage.engine.BUSY_TIMEOUT_MS", 50)
    core = Core(home, what="a test", owner=SCRIPT)
    core.start()
    other = sqlite3.connect(home.database)
    try:
        other.execute("BEGIN EXCLUSIVE")
        kill = Occurrence(Kill(id="k"), core.clock.now(), "bot")
        with pytest.raises(EnvironmentFault, match="another program holds the database"):
            core.recorder.submit([kill]).result(10)
        other.rollback()
        assert core.recorder.submit([kill]).result(10).accepted == 1
    finally:
        other.close()
        core.stop()
    assert check_store(home)["sound"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root alone")
@pytest.mark.expected_errors("nothing of|disk is full")
def test_a_full_disk_is_told_of_and_recording_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1500k") as disk:
        core = Core(Home(disk), what="a test", owner=SCRIPT)
        core.start()
        try:
            filler, kept = disk / "filler", 0
            now = core.clock.now() - 500
            filler.write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - 150_000))
            fault: BaseException | None = None
            for n in range(100):
                batch = [Occurrence(SkillUse(skill="a", target="t" * 99), now + n, "bot") for _ in range(50)]
                future = core.recorder.submit(batch)
                fault = future.exception(10)
                if fault is not None:
                    break
                kept += future.result().accepted
            assert "the disk is full" in str(fault)
            filler.unlink()
            kept += core.recorder.submit([Occurrence(Kill(), now + 200, "bot")]).result(10).accepted
        finally:
            core.stop()
        found = check_store(Home(disk))
        assert (found["sound"], found["events"]) == (True, kept)


def test_a_disk_that_answers_with_an_error_is_named() -> None:
    """What SQLite says on opening a store on a full disk, before it writes anything."""
    with pytest.raises(EnvironmentFault, match="see whether it is full"), faults():
        raise OperationalError("PRAGMA", None, sqlite3.OperationalError("disk I/O error"))


ONE_LINE = {
    "run --headless --for 1": "cannot be written", "session log-kill": "cannot be written",
    "sessions list": "cannot be written", "db optimize": "cannot be written",
    "db backup {home}/x.zip": "cannot be written", "db check": "cannot be written",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="taking rights away needs setpriv")
def test_a_read_only_home_is_told_in_one_line(home: Home) -> None:
    """As a user without special rights: what may be done to files is what their bits say."""
    record(home, 5)
    for path in (*home.root.rglob("*"), home.root):
        path.chmod(path.stat().st_mode & ~0o222)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "app")}
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    try:
        for command, told in ONE_LINE.items():
            words = command.format(home=home.root).split()
            line = [*drop, sys.executable, "-m", "combatlens", *words, "--home", str(home.root)]
            done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1, command
            assert done.stderr.startswith("combatlens: error: "), command
            assert done.stderr.count("\n") == 1, command
            assert told in done.stderr, (command, done.stderr)
    finally:
        for path in (home.root, *home.root.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    assert check_store(home)["sound"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_home_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be made"):
        Core(Home(tmp_path / "file" / "home"), what="x")
