"""Commands of our own as programs of their own: what needs scipy or much memory stays out of who records."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from combatlens.domain.errors import EnvironmentFault

ANSWER_S = 60.0
_SAID = "combatlens: error: "


def worker_command(*arguments: str) -> list[str]:
    """How CombatLens starts a program of its own."""
    return command_line("worker", *arguments)


def command_line(*arguments: str) -> list[str]:
    """How CombatLens starts a command of its own."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    source = str(Path(__file__).resolve().parents[2])
    program = f"import sys; sys.path.insert(0, {source!r}); from combatlens.__main__ import main; main()"
    return [sys.executable, "-c", program, *arguments]


def answer_of(command: Sequence[str], timeout_s: float = ANSWER_S) -> bytes:
    """Run one of these commands -> what it printed. Raises EnvironmentFault with the reason that it gave."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFault(f"it took over {timeout_s:g} s and was ended", "try again") from error
    except OSError as error:
        raise EnvironmentFault(f"it could not be worked out: {error}", "try again") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        what, _, remedy = lines[-1].removeprefix(_SAID).partition("; ")
        raise EnvironmentFault(what, remedy)
    return done.stdout
