"""Care of the data as its commands do it: what they ask, what they tell programs, and a server's own tools."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.contract.care_homes import record, two_sessions
from tests.desk import Desk
from tests.postgres import Server, programs

from combatlens.adapters.storage.engine import HEAD_REVISION
from combatlens.bootstrap.backup import backup_store, restore_store
from combatlens.bootstrap.care import check_store
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli
from combatlens.domain.errors import EnvironmentFault


def _run(home: Home, *arguments: str, answer: str | None = None) -> str:
    found = CliRunner().invoke(
        cli, [*arguments, "--home", str(home.root)], input=answer, standalone_mode=False, catch_exceptions=False
    )
    return found.stdout


def test_pruning_for_good_is_asked_about_and_scripts_say_yes(home: Home) -> None:
    record(home, 20)
    prune = ("db", "prune", "--older-than", "1d")
    for answer in ("n\n", None):  # no terminal is no yes
        with pytest.raises(EnvironmentFault, match="nothing was changed; answer y, or give --yes"):
            _run(home, *prune, answer=answer)
    assert "20 events of 1 session would go" in _run(home, *prune, "--dry-run")
    assert json.loads(_run(home, *prune, "--json", answer="y\n"))["events"] == 20
    assert "0 events of 0 sessions taken away" in _run(home, *prune)  # where nothing goes, nothing is asked
    _run(home, *prune, "--yes")


def test_care_is_told_to_programs(home: Home, tmp_path: Path) -> None:
    record(home, 20)
    done = json.loads(_run(home, "db", "backup", str(tmp_path / "all.zip"), "--json"))
    assert done == {"events": 20, "file": str(tmp_path / "all.zip")}
    done = json.loads(_run(home, "db", "optimize", "--json"))
    assert min(done["bytes_before"], done["bytes_after"]) > 10_000
    done = json.loads(_run(home, "db", "upgrade", "--json"))
    assert done == {"schema": HEAD_REVISION, "schema_before": HEAD_REVISION, "backup": None}


def test_moving_and_anonymising_are_told_to_programs(home: Home, tmp_path: Path) -> None:
    record(home, 20)
    saved, lines = tmp_path / "all.zip", tmp_path / "all.jsonl"
    _run(home, "db", "backup", str(saved))
    done = json.loads(_run(home, "db", "restore", str(saved), "--json"))
    assert done["file"] == str(saved)
    assert (Path(done["kept"]) / "combatlens.db").exists()
    fresh = Home(tmp_path / "fresh")
    assert json.loads(_run(fresh, "db", "restore", str(saved), "--json")) == {"file": str(saved), "kept": None}
    done = json.loads(_run(home, "db", "export", str(lines), "--json"))
    assert done == {"events": 20, "file": str(lines), "format": "jsonl"}
    there = Home(tmp_path / "there")
    assert json.loads(_run(there, "db", "import", str(lines), "--json")) == {"events": 20, "file": str(lines)}
    done = json.loads(_run(there, "db", "anonymise", "--json", answer="y\n"))
    assert done["sessions"] == 1
    assert {"removed", "left"} <= done.keys()


def test_a_server_is_backed_up_by_its_own_tools(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    desk = Desk(url)
    two_sessions(desk)
    desk.close()
    home = Home(tmp_path / "home", url, "north")
    monkeypatch.setenv("COMBATLENS_DATABASE", url)
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    target = tmp_path / "all.dump"
    home.prepare()
    assert "16 events in" in _run(home, "db", "backup", str(target))
    with pytest.raises(EnvironmentFault, match="exists already"):
        backup_store(home, target)
    with pytest.raises(EnvironmentFault, match=r"a \.zip is for a store in a file; name it FILE\.dump"):
        backup_store(home, tmp_path / "all.zip")
    with pytest.raises(EnvironmentFault) as told:
        restore_store(home, target)
    line = str(told.value).partition("type: ")[2].partition(";")[0]
    postgres.create("new_one")
    subprocess.run(line.replace("/NEW", "/new_one").split(), check=True, capture_output=True)
    home = Home(tmp_path / "home", postgres.url("new_one"), "north")
    assert check_store(home)["sound"]
    assert check_store(home)["events"] == 16
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault, match="pg_dump is not installed here; install its client"):
        backup_store(home, tmp_path / "again.dump")
    assert not (tmp_path / "again.dump").exists()
