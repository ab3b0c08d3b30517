"""The tail against hostile files: NULs, copies in a log's place, dead drives, files that grew while nobody looked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.logs import import_log
from tests.unit.test_tail import HEAD, Bench, line

from combatlens.adapters.combat_log.dialect import Dialect
from combatlens.adapters.combat_log.follower import Follower
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.adapters.combat_log.tail import LogTail
from combatlens.domain.profile import LogRules

LONG_AGO = (1_000_000_000, 1_000_000_000)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.crash()


@pytest.mark.parametrize("nuls", [1, 5000, 300_000])
@pytest.mark.parametrize("before", [b"", b"[Combat]  23:00:02 Bob hits a r"])
def test_nuls_that_a_crash_left_cost_no_line(bench: Bench, nuls: int, before: bytes) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1))
    bench.write(before + b"\0" * nuls)
    bench.read()
    bench.crash()
    bench.start()
    bench.write(line(2, 2) + line(3, 3))
    bench.read()
    assert bench.damages() == [1, 2, 3]


def test_a_log_emptied_under_a_writer_that_keeps_its_place(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1) + line(2, 2))
    bench.read()
    size = bench.log.stat().st_size
    with bench.log.open("r+b") as file:
        file.truncate(0)
        file.seek(size)
        file.write(line(3, 3).encode())
    bench.read()
    assert bench.damages() == [1, 2, 3]


def test_an_unfinished_line_before_a_log_in_line_is_one_of_its_own(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1) + line(2, 2).rstrip("\n"))
    bench.read()
    bench.log.unlink()
    bench.read()
    bench.write(HEAD + line(5, 5))
    bench.read()
    bench.read()
    assert bench.damages() == [1, 2, 5]


def test_a_log_that_may_not_be_read_at_first_is_followed_from_where_it_was(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_follower: Follower, _size: int) -> None:
        raise PermissionError(13, "Permission denied")

    bench.write(HEAD + line(1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(Follower, "begin_at_end", denied)
        tail = bench.start()
    assert "Permission denied" in tail.health().message
    bench.write(line(2, 2))
    bench.read()
    bench.read()
    assert bench.damages() == [2]


def test_brackets_in_a_path_are_letters_where_such_a_path_exists(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "[EQ] games"
    folder.mkdir()
    bench.log = folder / "chatlog.txt"
    bench.write(HEAD)
    bench.start(str(folder / "*.txt"))
    bench.write(line(1, 1))
    bench.read()
    assert bench.damages() == [1]


@pytest.mark.parametrize("running", [True, False])
def test_a_longer_copy_put_in_the_place_of_a_log_is_the_same_log(bench: Bench, tmp_path: Path, running: bool) -> None:
    bench.write(HEAD + line(1, 1) * 20)
    bench.start()
    bench.write(line(2, 2))
    bench.read()
    if not running:
        bench.crash()
    copy = tmp_path / "copy"
    copy.write_bytes(bench.log.read_bytes() + line(3, 3).encode())
    os.replace(copy, bench.log)
    if not running:
        bench.start()
    bench.read()
    assert bench.damages() == [2, 3]  # what was there before the tail began stays passed over


def test_a_drive_that_went_away_and_came_back(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(HEAD + line(1, 1) * 20)
    tail = bench.start()
    bench.write(line(2, 2))
    bench.read()
    os.rename(bench.log, tmp_path / "away")

    def stale(_handle: int) -> os.stat_result:
        raise OSError(116, "Stale file handle")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", stale)
        bench.clock.time += 2
        assert tail.step(bench.recorder.emit) is False
    os.rename(tmp_path / "away", bench.log)
    bench.write(line(3, 3))
    bench.read()
    assert bench.damages() == [2, 3]


class TestWhileNobodyLooked:
    """Several files, and what became of them between two runs."""

    @pytest.fixture
    def other(self, bench: Bench, tmp_path: Path) -> Path:
        """A second log, older than the first; both known to a run that has ended."""
        other = tmp_path / "other.txt"
        other.write_text(HEAD + line(9, 9))
        os.utime(other, LONG_AGO)
        bench.write(HEAD)
        bench.start(str(tmp_path / "*.txt"))
        return other

    def stopped(self, bench: Bench) -> None:
        bench.read()
        bench.read()
        bench.crash()

    def again(self, bench: Bench, tmp_path: Path) -> list[float]:
        bench.start(str(tmp_path / "*.txt"))
        bench.read()
        bench.read()
        return bench.damages()

    def test_an_older_log_that_was_followed(self, bench: Bench, tmp_path: Path, other: Path) -> None:
        with other.open("a") as file:
            file.write(line(1, 1))
        self.stopped(bench)
        with other.open("a") as file:
            file.write(line(2, 2))
        os.utime(other, LONG_AGO)
        bench.write(line(3, 3))
        assert self.again(bench, tmp_path) == [1, 2, 3]

    def test_an_older_log_that_had_been_silent(self, bench: Bench, tmp_path: Path, other: Path) -> None:
        self.stopped(bench)
        with other.open("a") as file:
            file.write(line(1, 1))
        os.utime(other, LONG_AGO)
        bench.write(line(2, 2))
        assert self.again(bench, tmp_path) == [1, 2]

    def test_a_new_log(self, bench: Bench, tmp_path: Path, other: Path) -> None:
        self.stopped(bench)
        bench.write(line(2, 2))
        (tmp_path / "new.txt").write_text(HEAD + line(3, 3))
        assert self.again(bench, tmp_path) == [2, 3]

    def test_a_silent_log_that_was_emptied(self, bench: Bench, tmp_path: Path, other: Path) -> None:
        self.stopped(bench)
        other.write_text(line(4, 4))
        assert self.again(bench, tmp_path) == [4]

    def test_silent_logs_stay_closed(self, bench: Bench, tmp_path: Path, other: Path) -> None:
        self.stopped(bench)
        assert self.again(bench, tmp_path) == []
        assert bench.tail is not None
        assert list(bench.tail._followers) == [bench.log]


def test_lines_without_a_time_in_two_logs_are_two_facts(tmp_path: Path) -> None:
    for name, first in (("a.txt", 1), ("b.txt", 3)):
        (tmp_path / name).write_text(f"Bob hits a rat {first} pts\nBob hits a rat 2 pts\n")
    (tmp_path / "copy of a.txt").write_bytes((tmp_path / "a.txt").read_bytes())
    result, recorder = import_log(tmp_path, dialect="swg", player="Bob")
    assert len(recorder.events) == 4
    assert sum(file.added for file in result.files) == 4


def test_a_clock_set_back_long_ago_does_not_part_import_and_tail(tmp_path: Path) -> None:
    """The tail knows the last megabyte alone; what it names a line by must not hang on what lies before."""

    def hours(*which: int) -> str:
        words = "Bob hits a rat 3 pts and more words to fill the line"
        times = (f"{h:02}:{m:02}:{s:02}" for h in which for m in range(60) for s in range(60))
        return "".join(f"[Combat]  {time} {words}\n" * 3 for time in times)

    def opener(path: Path, begin: int) -> Dialect:
        return open_dialect(LogRules(dialect="swg", timezone="UTC"), take_sample(path), path, begin=begin)

    bench = Bench(tmp_path)
    login = "Logging In [Sat Feb 17 {} 2024] \n"
    bench.write(login.format("20:00:00") + hours(20, 21) + login.format("21:30:00") + hours(22, 23))
    os.utime(bench.log, (1708214390, 1708214390))
    bench.tail = LogTail("log", (str(bench.log),), opener, FilePositions(bench.store), bench.clock)
    bench.read()
    bench.write(line(3599, 7) + line(3599, 8))
    bench.read()
    assert bench.damages() == [7, 8]
    import_log(bench.log, dialect="swg", timezone="UTC", recorder=bench.recorder)
    assert [damage for damage in bench.damages() if damage > 3] == [7, 8]
    bench.crash()
