"""What a store meets without being damaged: other versions, other programs, full disks, rights that are missing."""

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

from combatlens.adapters.storage.engine import HEAD_REVISION, faults, open_sqlite
from combatlens.bootstrap.care import check_store, upgrade_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Occurrence, SkillUse
from combatlens.services.committing import SCRIPT


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
