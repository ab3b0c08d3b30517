"""Commands that CombatLens runs for itself: their answer, or the reason that they gave."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from combatlens.bootstrap.own_commands import answer_of, command_line
from combatlens.domain.errors import EnvironmentFault


def test_the_answer_or_the_reason(tmp_path: Path) -> None:
    assert answer_of(command_line("--version")).startswith(b"combatlens")
    with pytest.raises(EnvironmentFault) as fault:
        answer_of(command_line("--home", str(tmp_path / "none"), "analytics", "trends"))
    assert str(fault.value) == f"there is no folder {tmp_path / 'none'}; check --home; combatlens run makes a new one"


def test_what_takes_too_long_or_cannot_start_is_told() -> None:
    with pytest.raises(EnvironmentFault, match=r"it took over 0\.2 s"):
        answer_of([sys.executable, "-c", "import threading; threading.Event().wait()"], 0.2)
    with pytest.raises(EnvironmentFault, match="it could not be worked out"):
        answer_of(["/no/such/program"])
    with pytest.raises(EnvironmentFault, match="no reason given"):
        answer_of([sys.executable, "-c", "raise SystemExit(3)"])
