"""The file of the newest sessions after the import of a long past."""

from __future__ import annotations

import json
from pathlib import Path

from tests.logs import FakeClock

from combatlens.domain.records import SessionSummary
from combatlens.services.usage_log import UsageLog


class Past:
    """Ten sessions; counts how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def newest(self, count: int) -> list[SessionSummary]:
        self.asked += count
        return [self._one(number) for number in range(10 - count, 10)]

    def summary(self, session_id: str) -> SessionSummary:
        self.asked += 1
        return self._one(int(session_id.removeprefix("s")))

    def totals(self) -> tuple[int, float]:
        return 10, 100.0

    @staticmethod
    def _one(number: int) -> SessionSummary:
        return SessionSummary(session_id=f"s{number}", start_time=1000.0 * number)


def names(path: Path) -> list[str]:
    return [entry["session_id"] for entry in json.loads(path.read_text())["sessions"]]


def test_more_ended_than_are_kept_cost_no_more_than_those_kept(tmp_path: Path) -> None:
    past, path = Past(), tmp_path / "usage.json"
    log = UsageLog(path, past, FakeClock(), kept=3)
    log.update(["s6"])
    past.asked = 0
    log.update([f"s{number}" for number in range(10)])
    assert past.asked == 3
    assert names(path) == ["s7", "s8", "s9"]


def test_few_ended_join_those_that_are_there(tmp_path: Path) -> None:
    past, path = Past(), tmp_path / "usage.json"
    log = UsageLog(path, past, FakeClock(), kept=3)
    log.rebuild()
    past.asked = 0
    log.update(["s9", "s2"])
    assert past.asked == 2
    assert names(path) == ["s7", "s8", "s9"]
