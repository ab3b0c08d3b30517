"""The days and hours of logs: bare times, midnights, clocks set back, autumn, log-in lines, files touched later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.logs import import_log
from tests.unit.test_tail import Bench

from combatlens.adapters.combat_log.dialect import Dialect
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.adapters.combat_log.tail import LogTail
from combatlens.domain.profile import LogRules

RULES = LogRules(dialect="swg", player="Bob", timezone="UTC")
SWTOR = (
    "[{}.000] [@Bob#1|(1,2,3,4)|(1/1)] [Rat {{5}}:6|(1,2,3,4)|(1/1)] [Slash {{1}}] "
    "[ApplyEffect {{836045448945477}}: Damage {{836045448945501}}] (7 energy {{2}}) <7>\n"
)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def hits(*faces: str) -> str:
    return "".join(f"[Combat]  {face} Bob hits a rat 5 pts\n" for face in faces)


def eq(*faces: str) -> str:
    return "".join(f"[Sun Oct 29 {face} 2023] You slash a rat for 5 points of damage.\n" for face in faces)


def imported(path: Path, text: str, written: str = "", **rules: str) -> list[str]:
    path.write_text(text)
    if written:
        os.utime(path, (seconds(written), seconds(written)))
    _, recorder = import_log(path, **({"dialect": "swg", "player": "Bob", "timezone": "UTC"} | rules))
    return [shown(o.at) for o in recorder.events.values()]


def shown(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        (hits("23:59:58", "00:00:03"), "2024-03-02 00:00:05", ["03-01 23:59:58", "03-02 00:00:03"]),
        (hits("23:59:58"), "2024-03-02 00:00:05", ["03-01 23:59:58"]),  # the last was written after midnight
        (hits("20:20:00", "20:15:00", "20:25:00"), "2024-03-02 20:25:05",
         ["03-02 20:20:00", "03-02 20:15:00", "03-02 20:25:00"]),  # a clock set back is no midnight
        (hits("00:03:00", "23:58:00", "00:01:00"), "2024-03-02 00:01:05",
         ["03-02 00:03:00", "03-01 23:58:00", "03-02 00:01:00"]),
        (hits("22:00:00") + "Logging In [Mon Feb 19 10:00:00 2024] \n" + hits("10:00:05"), "",
         ["02-18 22:00:00", "02-19 10:00:05"]),  # before a log-in in the morning it was evening the day before
    ],
)  # fmt: skip
def test_the_day_of_bare_times(tmp_path: Path, text: str, written: str, expected: list[str]) -> None:
    assert imported(tmp_path / "chatlog.txt", text, written) == expected


def test_a_file_named_by_its_day_may_begin_in_the_last_minute(tmp_path: Path) -> None:
    text = SWTOR.format("23:59:30") + SWTOR.format("00:00:10")
    path = tmp_path / "combat_2021-03-02_23_59_20_000000.txt"
    assert imported(path, text, dialect="swtor", player="") == ["03-02 23:59:30", "03-03 00:00:10"]


class TestAutumn:
    """The last Sunday of October 2023 in Berlin: 02:00 to 03:00 comes twice."""

    def test_the_same_line_an_hour_later_is_another_fact(self, tmp_path: Path) -> None:
        text = eq("02:30:00", "02:59:59", "02:00:01", "02:30:00", "03:00:00")
        found = imported(tmp_path / "eqlog_Bob_x.txt", text, dialect="everquest", player="", timezone="Europe/Berlin")
        assert [at[6:] for at in found] == ["00:30:00", "00:59:59", "01:00:01", "01:30:00", "02:00:00"]

    def test_a_late_line_behind_it_is_of_the_second_hour(self, tmp_path: Path) -> None:
        text = eq("02:30:00", "02:10:00", "03:00:00", "02:59:59", "03:00:01")
        found = imported(tmp_path / "eqlog_Bob_x.txt", text, dialect="everquest", player="", timezone="Europe/Berlin")
        assert [at[6:] for at in found] == ["00:30:00", "01:10:00", "02:00:00", "01:59:59", "02:00:01"]

    def test_bare_times_lose_no_day(self, tmp_path: Path) -> None:
        text = hits("02:30:00", "02:59:59", "02:00:01", "02:30:00", "03:00:00")
        found = imported(tmp_path / "chatlog.txt", text, "2023-10-29 02:00:05", timezone="Europe/Berlin")
        assert found == ["10-29 00:30:00", "10-29 00:59:59", "10-29 01:00:01", "10-29 01:30:00", "10-29 02:00:00"]


class TestLive:
    """A tail that was level with its file knows when a line came."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        bench = Bench(tmp_path)
        yield bench
        bench.crash()

    def start(self, bench: Bench) -> None:
        def opener(path: Path, begin: int) -> Dialect:
            return open_dialect(RULES, take_sample(path), path, begin=begin)

        bench.tail = LogTail("log", (str(bench.log),), opener, FilePositions(bench.store), bench.clock)
        bench.read()

    def told(self, bench: Bench, *steps: tuple[str, str]) -> list[str]:
        """Write texts at moments; "restart" restarts, "kill" forgets besides what was kept since the last restart."""
        bench.clock.time = seconds(steps[0][0]) - 10
        bench.write("")
        os.utime(bench.log, (bench.clock.time, bench.clock.time))
        self.start(bench)
        kept = bench.store.read_bytes()
        for moment, text in steps:
            bench.clock.time = seconds(moment)
            if text in ("restart", "kill"):
                bench.crash()
                if text == "kill":
                    bench.store.write_bytes(kept)
                self.start(bench)
                kept = bench.store.read_bytes()
                continue
            bench.write(text)
            os.utime(bench.log, (bench.clock.time, bench.clock.time))
            bench.read()
        return [shown(o.at) for o in bench.recorder.ordered]

    @pytest.mark.parametrize("between", [(), (("2024-03-02 00:00:01", "restart"),)])
    def test_midnight(self, bench: Bench, between: tuple[tuple[str, str], ...]) -> None:
        steps = (("2024-03-01 23:59:59", hits("23:59:58")), *between, ("2024-03-02 00:00:04", hits("00:00:03")))
        assert self.told(bench, *steps) == ["03-01 23:59:58", "03-02 00:00:03"]

    @pytest.mark.parametrize("between", [(), (("2024-03-06 18:00:00", "restart"),)])
    @pytest.mark.parametrize("face", ["19:00:00", "21:00:00"])
    def test_days_later(self, bench: Bench, between: tuple[tuple[str, str], ...], face: str) -> None:
        steps = (("2024-03-01 20:00:01", hits("20:00:00")), *between, (f"2024-03-06 {face}", hits(face)))
        assert self.told(bench, *steps) == ["03-01 20:00:00", f"03-06 {face}"]

    def test_days_later_and_killed_before_it_was_noted(self, bench: Bench) -> None:
        steps = (
            ("2024-03-01 20:00:01", hits("20:00:00")),
            ("2024-03-01 20:00:05", "restart"),
            ("2024-03-06 19:00:01", hits("19:00:00")),
            ("2024-03-06 19:00:05", "kill"),
        )
        assert self.told(bench, *steps) == ["03-01 20:00:00", "03-06 19:00:00"]

    def test_a_log_that_names_its_day_is_believed(self, bench: Bench) -> None:
        """An old log that is copied in piece by piece gives the events that its import gives."""
        login = "Logging In [Sat Feb 17 22:57:53 2024] \n"
        steps = (
            ("2025-06-01 08:00:00", login + hits("23:00:00")),
            ("2025-06-05 08:00:00", hits("23:10:00")),
            ("2025-06-06 08:00:00", "restart"),
            ("2025-06-08 08:00:00", hits("00:10:00")),
        )
        assert self.told(bench, *steps) == ["02-17 23:00:00", "02-17 23:10:00", "02-18 00:10:00"]
