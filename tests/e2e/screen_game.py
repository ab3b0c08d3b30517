"""Starts and commands the small game of `screen_window`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.e2e.screen_window import SIZE
from tests.repository import ROOT

from combatlens.simulation.display import VirtualDesktop, end_process


class Game:
    """The game's program; `do` returns when it has obeyed."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.screen_window"],
            env={**desktop.env, "PYTHONPATH": f"{ROOT / 'app'}:{ROOT}", "QT_QPA_PLATFORM": "xcb"},
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._answer() == "ready"
        self.do("place", 100, 80, *SIZE)

    def do(self, *command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()
        assert self._answer() == "done"

    def close(self) -> None:
        end_process(self.process)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the game ended"
        return json.loads(line)
