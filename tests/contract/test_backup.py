"""Backups of a home: whole, or nothing changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.contract.care_homes import lived_in, record, small_disk

from combatlens.bootstrap.backup import backup_store, restore_store
from combatlens.bootstrap.care import check_store, export_to, import_from
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault


def test_a_backup_holds_all_that_cannot_be_made_again(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    with pytest.raises(EnvironmentFault, match="exists already"):
        backup_store(home, home.database)
    assert backup_store(home, tmp_path / "all.zip") == 16
    other = Home(tmp_path / "other")
    assert restore_store(other, tmp_path / "all.zip") is None
    assert check_store(other) == check_store(home)
    for name in ("settings.toml", "goals.json", "profiles/mine.toml", "learnings/x_learnings.json", "reader/mine.npz"):
        assert (other.root / name).read_text() == (home.root / name).read_text()
    assert not (other.root / "api.json").exists()
    (other.root / "goals.json").write_text("[]")
    record(Home(tmp_path / "third"), 5)
    backup_store(Home(tmp_path / "third"), tmp_path / "third.db")
    assert restore_store(other, tmp_path / "third.db") is not None
    assert check_store(other)["events"] == 5
    restore_store(other, tmp_path / "all.zip")
    assert (other.root / "goals.json").read_text() == (home.root / "goals.json").read_text()
    assert [path.read_text() for path in other.root.glob("before-restore-*/goals.json")] == ["[]"]


@pytest.mark.parametrize("content", ["nothing", "no backup", "outside", "newer"])
def test_what_is_no_backup_changes_nothing(home: Home, tmp_path: Path, content: str) -> None:
    record(home, 5)
    bad = tmp_path / "bad.zip"
    if content == "nothing":
        bad.write_bytes(b"")
    elif content == "newer":
        backup_store(home, bad.with_suffix(".db"))
        with sqlite3.connect(bad.with_suffix(".db")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        bad = bad.with_suffix(".db")
    else:
        with zipfile.ZipFile(bad, "w") as archive:
            archive.writestr("../outside.toml", "x")
            archive.writestr("combatlens.db", "x")
            if content == "outside":
                archive.writestr("combatlens-backup.json", "{}")
    with pytest.raises(EnvironmentFault, match=r"is no backup|schema 9999"):
        restore_store(home, bad)
    assert not (tmp_path / "outside.toml").exists()
    assert check_store(home)["events"] == 5


def test_a_backup_takes_the_place_of_a_damaged_store(home: Home, tmp_path: Path) -> None:
    record(home, 5)
    backup_store(home, tmp_path / "kept.zip")
    home.database.write_bytes(b"no database at all" * 500)
    restore_store(home, tmp_path / "kept.zip")
    assert check_store(home)["events"] == 5
    assert [path.read_bytes()[:11] for path in home.root.glob("before-restore-*/combatlens.db")] == [b"no database"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_home_may_be_called_what_a_folder_may_be_called(tmp_path: Path) -> None:
    home = Home(tmp_path / os.fsdecode(b"what? #1 %41 'n\" \xff"))
    record(home, 5)
    assert home.database.exists()
    assert backup_store(home, home.root / "kept?.zip") == 5
    home.database.write_bytes(home.database.read_bytes()[:30_000])
    restore_store(home, home.root / "kept?.zip")
    assert check_store(home) == {"sound": True, "sessions": 1, "events": 5, "problems": []}
    assert [path.name for path in tmp_path.iterdir()] == [home.root.name]


def test_a_store_that_another_program_holds_is_not_waited_for_without_end(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("combatlens.bootstrap.store.BUSY_TIMEOUT_MS", 50)
    record(home, 5)
    other = sqlite3.connect(home.database)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE sessions SET xp = xp")
        for name in ("held.db", "held.zip"):
            with pytest.raises(EnvironmentFault, match="another program holds the database; close it"):
                backup_store(home, tmp_path / name)
    finally:
        other.close()
    assert not list(tmp_path.glob("held*"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a disk is mounted by root alone")
def test_a_disk_that_became_read_only_is_backed_up_with_its_last_events(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        home = Home(disk)
        record(home, 5)
        with sqlite3.connect(home.database) as other:  # what only the log holds yet
            other.execute("PRAGMA wal_autocheckpoint = 0")
            other.execute("UPDATE sessions SET notes = 'the last'")
            other.commit()
            shutil.copytree(disk, tmp_path / "as-it-was")
        other.close()
        for end in ("", "-wal"):
            shutil.copyfile(tmp_path / f"as-it-was/combatlens.db{end}", disk / f"combatlens.db{end}")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert backup_store(home, tmp_path / "saved.db") == 5
        assert backup_store(home, tmp_path / "saved.zip") == 5
    with sqlite3.connect(tmp_path / "saved.db") as saved:
        assert saved.execute("SELECT notes FROM sessions").fetchall() == [("the last",)]
    saved.close()


def test_a_backup_that_fails_leaves_nothing(home: Home, tmp_path: Path) -> None:
    record(home, 5)
    home.database.write_bytes(home.database.read_bytes()[:30_000])
    for name in ("half.db", "half.zip"):
        with pytest.raises(EnvironmentFault, match="could not be made"):
            backup_store(home, tmp_path / name)
    assert not list(tmp_path.glob("half*"))
    assert not list(tmp_path.glob(".backup-*"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root alone")
def test_a_backup_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        home, other = Home(disk), Home(tmp_path / "other")
        record(home, 5)
        record(other, 7)
        (disk / "filler").write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - 120_000))
        for name in ("kept.zip", "kept.db"):
            backup_store(other, tmp_path / name)
            with pytest.raises(EnvironmentFault, match=r"could not be put back.*nothing was changed"):
                restore_store(home, tmp_path / name)
        (disk / "filler").unlink()
        assert not list(disk.glob("before-*"))
        assert not list(disk.glob(".restore-*"))
        assert check_store(home)["events"] == 5


def test_backup_and_transfer_of_a_home(home: Home, tmp_path: Path) -> None:
    record(home, 20)
    assert backup_store(home, tmp_path / "copy.db") == 20
    assert export_to(home, tmp_path / "all.csv.zip", "csv") == 20
    other = Home(tmp_path / "other")
    assert import_from(other, tmp_path / "all.csv.zip") == 20
    assert check_store(other) == check_store(home)
