"""`combatlens` alone starts it, as `combatlens run` does: what a desktop's entry and a double click call."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from combatlens.bootstrap import application
from combatlens.bootstrap.home import Home
from combatlens.cli.main import run_command

PATIENCE = 30.0


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["run"], 1)])
def test_it_starts_with_the_home_that_is_meant(tmp_path, monkeypatch, arguments, code):
    started: list[tuple[Home, bool]] = []

    def run(home: Home, *, headless: bool, **_: object) -> int:
        started.append((home, headless))
        return code

    monkeypatch.setattr(application, "run", run)
    monkeypatch.setenv("COMBATLENS_HOME", str(tmp_path / "set"))
    assert run_command(["--home", str(tmp_path / "given"), *arguments]) == code
    assert run_command(arguments) == code
    assert [(home.root, headless) for home, headless in started] == [
        (tmp_path / "given", False),
        (tmp_path / "set", False),
    ]


def test_without_a_command_or_a_display_it_records_until_it_is_told_to_end(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["COMBATLENS_HOME"] = str(tmp_path)
    program = subprocess.Popen(
        [sys.executable, "-m", "combatlens"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        api, since = tmp_path / "api.json", time.monotonic()
        while not api.is_file() and program.poll() is None and time.monotonic() - since < PATIENCE:
            time.sleep(0.1)
        assert program.poll() is None, program.communicate()[1].decode()
        assert run_command(["--home", str(tmp_path), "ctl", "quit"]) == 0
        _, said = program.communicate(timeout=PATIENCE)
        assert program.returncode == 0, said.decode()
    finally:
        program.kill()
        program.communicate()
