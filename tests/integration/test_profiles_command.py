"""`profiles …`, and files of a home that cannot be read: one line that says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from combatlens.adapters.profiles import ProfileFolders
from combatlens.cli.main import run_command

LOG = """2024-05-01 12:00:01 Bob hits a rat for 12 damage
2024-05-01 12:00:02 Bob hits a rat for 14 damage
2024-05-01 12:00:03 A rat hits Bob for 3 damage
2024-05-01 12:00:04 Bob hits a rat for 9 damage
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    return tmp_path


def run(home: Path, *arguments: str) -> int:
    return run_command(["--home", str(home), *arguments])


def test_a_broken_profile_hides_no_other(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "profiles" / "broken.toml").write_text("[[[")
    assert run(home, "profiles", "list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert "broken.toml" in rows["broken"]["error"]
    assert rows["swg"]["error"] is None
    assert [profile.name for profile in ProfileFolders(home / "profiles").all()] == ["default"]


def test_a_new_profile_from_a_log_understands_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "game.log"
    file.write_text(LOG)
    assert run(home, "profiles", "new", "mine", "--from-log", str(file)) == 0
    capsys.readouterr()
    assert run(home, "profiles", "check", "mine", str(file), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["lines"], found["matched"]) == (4, 4)
    assert run(home, "profiles", "new", "mine") == 1
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../escape", "", "a/b", ".hidden"])
def test_a_profiles_name_is_no_path(home: Path, name: str) -> None:
    assert run(home, "profiles", "new", name) == 2


def test_settings_that_are_no_text_are_told_in_a_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").write_bytes(b"\xff\xfe")
    assert run(home, "session", "start") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("combatlens: error: ")
    assert "settings.toml cannot be read" in line
