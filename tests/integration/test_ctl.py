"""`ctl` asks the running instance, about the session that `status` shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api_fakes import Api

from combatlens.cli.main import run_command
from combatlens.domain.events import Mark


def test_it_is_about_the_session_that_status_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api = Api(tmp_path)
    api.control.open = True
    api.server.start()
    try:
        for arguments in (["status"], ["ctl", "pause"], ["ctl", "end"], ["ctl", "mark", "boss"]):
            assert run_command(["--home", str(tmp_path), *arguments]) == 0
    finally:
        api.server.stop()
    assert capsys.readouterr().out.startswith("Ana: active\n")
    assert api.control.asked == [("pause", {"character": "Ana"}), ("end", {"character": "Ana"})]
    assert [
        (one.event.character, one.event.label) for one in api.recorder.occurrences if isinstance(one.event, Mark)
    ] == [("Ana", "boss")]
