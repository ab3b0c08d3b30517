"""The tail against real files: growth, restart, truncation, rotation, back-pressure; nothing lost, nothing twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.logs import FakeClock, MemoryRecorder, import_log

from combatlens.adapters.combat_log.dialect import Dialect
from combatlens.adapters.combat_log.follower import Follower
from combatlens.adapters.combat_log.log_paths import expand
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.adapters.combat_log.tail import LogTail
from combatlens.domain.events import Kill, Occurrence, SkillUse
from combatlens.domain.profile import LogRules
from combatlens.ports import Overloaded, Receipt

RULES = LogRules(dialect="swg", player="Bob", timezone="UTC")
HEAD = "Logging In [Sat Feb 17 22:57:53 2024] \n"


def opener(path: Path, begin: int) -> Dialect:
    return open_dialect(RULES, take_sample(path), begin=begin)


def line(number: int, damage: int = 5, *, window: str = "[Combat]  ") -> str:
    return f"{window}23:{number // 60:02}:{number % 60:02} Bob hits a rat {damage} pts\n"


class Bench:
    """A log file, a tail on it that is stepped by hand, and what the recorder got."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "chatlog.txt"
        self.store = folder / "positions.json"
        self.recorder = MemoryRecorder()
        self.clock = FakeClock()
        self.tail: LogTail | None = None

    def start(self, *patterns: str, from_start: bool = False) -> LogTail:
        self.tail = LogTail(
            "log", patterns or (str(self.log),), opener, FilePositions(self.store), self.clock, from_start=from_start
        )
        self.read()
        return self.tail

    def read(self) -> None:
        assert self.tail is not None
        self.clock.time += 2
        while self.tail.step(self.recorder.emit):
            pass

    def crash(self) -> None:
        """Stop without a word, as if killed."""
        for follower in self.tail._followers.values() if self.tail else ():
            follower.close()
        self.tail = None

    def write(self, text: str | bytes, mode: str = "ab") -> None:
        with self.log.open(mode) as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def damages(self) -> list[float]:
        return sorted(o.event.damage for o in self.recorder.events.values() if isinstance(o.event, SkillUse))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.crash()


def test_it_starts_at_the_end_and_reads_what_comes(bench: Bench) -> None:
    bench.write(HEAD + line(1))
    bench.start()
    assert bench.damages() == []
    bench.write(line(2, 7))
    bench.read()
    assert bench.damages() == [7]
    (event,) = bench.recorder.events.values()
    assert event.at == 1708210802.0  # the day comes from the log-in line that lies before the starting point
    assert event.source == "log"


def test_from_start_reads_all(bench: Bench) -> None:
    bench.write(HEAD + line(1) + line(1))
    bench.start(from_start=True)
    assert bench.damages() == [5, 5]


def test_a_file_that_appears_later_is_read_whole(bench: Bench) -> None:
    bench.start()
    assert bench.tail is not None
    assert bench.tail.health().state == "warning"
    bench.write(HEAD + line(1))
    bench.read()
    assert bench.damages() == [5]
    assert bench.tail.health().state == "ok"


def test_a_partial_line_waits(bench: Bench) -> None:
    bench.start()
    text = line(1, 12)
    bench.write(HEAD + text[:-4])
    bench.read()
    assert bench.damages() == []
    bench.write(text[-4:])
    bench.read()
    assert bench.damages() == [12]


def test_truncation_and_rewriting(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1) + line(2, 2))
    bench.read()
    bench.write(line(3, 3), "wb")
    bench.read()
    bench.write(line(4, 4))
    bench.read()
    assert bench.damages() == [1, 2, 3, 4]


def test_rewritten_longer_than_before(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1))
    bench.read()
    bench.write("Logging In [Sat Feb 17 22:58:00 2024] \n" + "".join(line(n, n) for n in range(2, 9)), "wb")
    bench.read()
    assert bench.damages() == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("running", [True, False])
def test_rotation_loses_nothing(bench: Bench, running: bool) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1))
    bench.read()
    if not running:
        bench.crash()
    bench.write(line(2, 2))
    os.rename(bench.log, bench.log.with_suffix(".old"))
    bench.write(line(3, 3))
    if not running:
        bench.start()
    bench.read()
    bench.read()
    assert bench.damages() == [1, 2, 3]


def test_deleted_and_made_anew(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1))
    bench.read()
    bench.log.unlink()
    bench.read()
    bench.write(HEAD + line(1, 1) + line(2, 2))
    bench.read()
    bench.read()
    assert bench.damages() == [1, 2]


def test_restart_goes_on_exactly(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1) + line(1, 1))
    bench.read()
    bench.crash()
    bench.write(line(1, 1) + line(2, 2))
    bench.start()
    assert bench.damages() == [1, 1, 1, 2]  # the third equal line of one second is a third fact


def test_killed_between_commit_and_saving_counts_once(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1))
    bench.read()
    saved = bench.store.read_bytes()
    bench.write(line(2, 2) + line(2, 2))
    bench.read()
    bench.crash()
    bench.store.write_bytes(saved)
    bench.start()
    assert bench.damages() == [1, 2, 2]


def test_imported_and_tailed_counts_once(bench: Bench) -> None:
    bench.start()
    bench.write(HEAD + line(1, 1) + line(2, 2))
    bench.read()
    bench.write(line(2, 2))
    result, _ = import_log(bench.log, dialect="swg", player="Bob", timezone="UTC", recorder=bench.recorder)
    bench.read()
    assert bench.damages() == [1, 2, 2]
    assert (result.files[0].events, result.files[0].added) == (3, 1)


def test_several_files_are_followed_as_they_grow(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other_chatlog.txt"
    other.write_text(HEAD + line(1, 1))
    os.utime(other, (1, 1))
    bench.write(HEAD)
    bench.start(str(tmp_path / "*.txt"))
    with other.open("a") as file:
        file.write(line(2, 2))
    bench.write(line(3, 3))
    bench.read()
    bench.read()
    assert bench.damages() == [2, 3]


def test_back_pressure_blocks_and_loses_nothing(bench: Bench) -> None:
    refusals = [Overloaded(0.0), Overloaded(0.0)]

    def emit(batch: Sequence[Occurrence]) -> Future[Receipt]:
        if refusals:
            raise refusals.pop()
        return bench.recorder.emit(batch)

    tail = bench.start()
    bench.write(HEAD + line(1, 1))
    bench.clock.time += 2
    while tail.step(emit):
        pass
    assert refusals == []
    assert bench.damages() == [1]


def test_an_uncommitted_batch_is_read_again(bench: Bench) -> None:
    bench.write(HEAD)
    tail = bench.start()
    bench.write(line(1, 1))

    def never(_batch: Sequence[Occurrence]) -> Future[Receipt]:
        tail._stop.set()
        return Future()

    bench.clock.time += 2
    assert tail.step(never) is False
    bench.crash()
    bench.start()
    assert bench.damages() == [1]


def test_it_runs_on_a_thread_of_its_own_and_stops(bench: Bench) -> None:
    arrived = Flag()

    def emit(batch: Sequence[Occurrence]) -> Future[Receipt]:
        receipt = bench.recorder.emit(batch)
        arrived.set()
        return receipt

    bench.write(HEAD)
    tail = LogTail("log", (str(bench.log),), opener, FilePositions(bench.store), bench.clock, from_start=True)
    tail.start(emit)
    bench.write(line(1, 1))
    assert arrived.wait(10)
    tail.stop()
    tail.stop()
    assert bench.damages() == [1]


def test_a_log_written_in_bursts_is_said(bench: Bench) -> None:
    bench.write(HEAD)
    tail = bench.start()
    bench.clock.time = 1708210800.0 + 200
    bench.read()
    bench.write(line(30))
    bench.clock.time = 1708210800.0 + 300
    bench.read()
    assert "bursts" in tail.health().message


def test_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_chatlog.txt").write_text("x")
    (tmp_path / "b.log").write_text("x")
    (tmp_path / "c.png").write_text("x")
    monkeypatch.setenv("GAME", str(tmp_path))
    assert [p.name for p in expand(["$GAME/*_chatlog.txt"])] == ["a_chatlog.txt"]
    assert [p.name for p in expand([str(tmp_path)])] == ["a_chatlog.txt", "b.log"]


def script() -> str:
    lines = [HEAD]
    for second in range(40):
        lines += [line(second, second + 1)] * (1 + second % 3)
        if second % 7 == 0:
            lines.append(f"[Combat]  23:00:{second:02} A r\u00e4t is no more.\n")
        if second % 9 == 0:
            lines.append("[Chat]  23:00:01 Ann: caf\u00e9?\n")
    return "".join(lines)


STEP = st.tuples(st.integers(1, 900), st.sampled_from(["append", "rotate", "truncate", "restart", "copytruncate"]))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_a_log_cut_anywhere_gives_the_same_events_as_the_whole(tmp_path: Path, steps: list[tuple[int, str]]) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    data = script().encode()
    (tmp_path / "whole").mkdir()
    whole, pieces = Bench(tmp_path / "whole"), Bench(tmp_path)
    whole.start(from_start=True)
    whole.write(data)
    whole.read()
    pieces.start(from_start=True)
    at = turned = 0
    for size, action in [*steps, (len(data), "append")]:
        piece, at = data[at : at + size], at + size
        if action == "restart":
            pieces.crash()
            pieces.write(piece)
            pieces.start(from_start=True)
        elif action == "rotate" and pieces.log.exists():
            turned += 1
            os.rename(pieces.log, tmp_path / f"old.{turned}")
            pieces.write(piece)
        elif action == "truncate":
            pieces.read()
            pieces.write(piece, "wb")
        elif action == "copytruncate" and pieces.log.exists():
            pieces.read()
            shutil.copy(pieces.log, tmp_path / "copy")
            os.truncate(pieces.log, 0)
            pieces.read()
            pieces.write(piece)
        else:
            pieces.write(piece)
        if piece:
            pieces.read()
    pieces.read()
    pieces.crash()
    whole.crash()
    assert pieces.damages() == whole.damages()
    kills = [sum(isinstance(o.event, Kill) for o in b.recorder.events.values()) for b in (pieces, whole)]
    assert kills[0] == kills[1] > 0


def test_a_log_joined_after_midnight_bears_the_day_it_was_written(tmp_path: Path) -> None:
    """SWTOR names a file by its first line's day and writes bare times; what is joined in its midst is of today."""
    path = tmp_path / "combat_2024-02-16_21_00_00_000000.txt"
    hit = (
        "[{time}.000] [@Bob#1|(1,2,3,4)|(1/1)] [Rat {{5}}:6|(1,2,3,4)|(1/1)] [Slash {{1}}] "
        "[ApplyEffect {{836045448945477}}: Damage {{836045448945501}}] (7 energy {{2}}) <7>\n"
    )
    evening = "".join(hit.format(time=f"2{1 + n // 3600 % 3}:{n // 60 % 60:02}:{n % 60:02}") for n in range(10_000))
    path.write_text(evening + hit.format(time="00:10:00"))
    written = datetime(2024, 2, 17, 0, 10, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    rules = LogRules(dialect="swtor", player="Bob", timezone="UTC")

    def swtor(path: Path, begin: int) -> Dialect:
        return open_dialect(rules, take_sample(path), path, begin=begin)

    follower = Follower(path, swtor)
    follower.begin_at_end(path.stat().st_size)
    with path.open("a") as file:
        file.write(hit.format(time="00:10:05"))
    (event,) = follower.read(None).events
    follower.close()
    assert event.at == written + 5
