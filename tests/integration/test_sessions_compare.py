"""`sessions compare`: two sessions side by side."""

from __future__ import annotations

import json
import time

from combatlens.cli.main import run_command


def test_two_sessions_and_their_difference(tmp_path, capsys):
    def call(*arguments: str) -> str:
        assert run_command(["--home", str(tmp_path), *arguments]) == 0
        return capsys.readouterr().out

    made = []
    for kills in (2, 1):
        made.append(call("session", "start").strip())
        for _ in range(kills):
            call("session", "log-kill", "--target", "krayt")
        time.sleep(0.1 * (kills - 1))  # so the first is a little longer: less than what is shown
        call("session", "end")
    lines = {line[:18].strip(): line[18:].split() for line in call("sessions", "compare", *made).splitlines()}
    assert lines["kills"] == ["2.0", "1.0", "-1.0"]
    assert lines["active minutes"] == ["0.0", "0.0", "+0.0"], "nothing is not less than nothing"
    assert json.loads(call("sessions", "compare", *made, "--json"))["difference"]["kills"] == -1
