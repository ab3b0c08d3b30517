"""Combat logs: parsing alone, the whole import into a store, and the tail.

`COMBATLENS_BENCH_MB` sets the size of each log (24). `python -m tests.benchmarks logs --gigabyte` imports one gigabyte,
a sixth of it from each log, into one store, and tells the memory at each tenth.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.long_logs import as_of_now, write
from tests.realdata import LOGS, REALDATA

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.lines import line_blocks
from combatlens.adapters.combat_log.reading import FileParser
from combatlens.adapters.combat_log.recognise import kinds, open_dialect, take_sample
from combatlens.adapters.combat_log.tail import LogTail
from combatlens.domain.profile import LogRules
from combatlens.services.importer import ImportResult, Progress

if TYPE_CHECKING:
    from combatlens.bootstrap.core import Core

MEGABYTES = int(os.environ.get("COMBATLENS_BENCH_MB", "24"))
GIGABYTE = 1e9
HOSTILE_MS = 50.0
VOCABULARY = (
    "a attacks b with c and hits ",
    "x has caused y to take 1 points of ",
    "a hits b for 1 points of damage ",
    "'s ",
)


def main(*options: str) -> None:
    if not REALDATA.exists():
        print(f"skipped: no real logs at {REALDATA}")
        return
    with tempfile.TemporaryDirectory() as folder:
        if "--gigabyte" in options:
            gigabyte(Path(folder))
            return
        parse(Path(folder))
        store(Path(folder))
        tail(Path(folder))
        latency(Path(folder))
    hostile()


def parse(folder: Path) -> None:
    print(
        f"parsing in one process, {MEGABYTES} MB of each log: its amounts other at each repetition, so that few lines "
        f"say what another did; then repeated as it is\n{'':10} varied: lines/CPU s  distinct texts  "
        "repeated: lines/s  lines/CPU s  events/line  memory MB"
    )
    for name, log in LOGS.items():
        path = write(REALDATA / log, name, MEGABYTES * 1e6, folder / f"{name}.log", varied=True)
        varied, told, _ = _parsed(path, name)
        distinct = _distinct(path, name)
        path = write(REALDATA / log, name, MEGABYTES * 1e6, folder / f"{name}.log")
        start = time.perf_counter()
        spent, lines, events = _parsed(path, name)
        wall = time.perf_counter() - start
        print(
            f"{name:10} {told / varied:19,.0f}  {distinct:14.0%}  {lines / wall:17,.0f}  {lines / spent:11,.0f}  "
            f"{events / lines:11.2f}  {memory():9.0f}"
        )
        path.unlink()


def _parsed(path: Path, name: str) -> tuple[float, int, int]:
    """CPU seconds, lines, events."""
    cpu, lines, events = time.process_time(), 0, 0
    for batch in FileParser(path, LogRules(dialect=name)).batches():
        lines += batch.lines
        events += len(batch.events)
    return time.process_time() - cpu, lines, events


def _distinct(path: Path, name: str) -> float:
    """The part of a log's lines whose text, without its time, did not come before."""
    reader = open_dialect(LogRules(dialect=name), take_sample(path), path)
    marks = [hash(reader.split(line)[1]) for block, _ in line_blocks(path, "auto") for line in block]
    return len(set(marks)) / len(marks)


def store(folder: Path) -> None:
    """The whole way: `import` into a fresh home, insights included."""
    from combatlens.bootstrap.home import Home
    from combatlens.bootstrap.importing import import_files

    print(f"\nimport into a fresh store, {MEGABYTES} MB of each log\n{HEAD}  insights after s")
    for name, log in LOGS.items():
        path = write(REALDATA / log, name, MEGABYTES * 1e6, folder / f"{name}.log")
        meter = Meter(path)
        home = Home(folder / f"home-{name}")
        found = import_files(home, [path], name, "", None, meter.progress, lambda: False)
        print(f"{meter.row(name, found.result)}  {time.perf_counter() - meter.last:16.1f}", flush=True)
        path.unlink()


def gigabyte(folder: Path) -> None:
    """One gigabyte into one store. Insights are left for later: they are the learner's benchmark."""
    from combatlens.bootstrap.core import Core
    from combatlens.bootstrap.home import Home
    from combatlens.bootstrap.importing import take_in

    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"one gigabyte into one store; {load}\n{HEAD}  memory at each tenth, MB")
    home, lines, spent = Home(folder / "home"), 0, 0.0
    for name, log in LOGS.items():
        path = write(REALDATA / log, name, GIGABYTE / len(LOGS), folder / f"{name}.log")
        core = Core(home, what="a benchmark", profile=name)
        core.recorder.start()
        meter = Meter(path)
        result = take_in(core, [path], name, "", meter.progress, lambda: False)
        core.stop()
        lines, spent = lines + result.files[0].lines, spent + time.perf_counter() - meter.start
        print(f"{meter.row(name, result)}  {' '.join(f'{tenth:.0f}' for tenth in meter.tenths)}", flush=True)
        path.unlink()
    size = sum(file.stat().st_size for file in home.root.glob("combatlens.db*")) / 1e6
    print(f"{'all':10} {lines / spent:7,.0f} lines/s; the store has {size:,.0f} MB")


HEAD = f"{'':10} lines/s  events/line  events/s  CPU s/100,000 lines (own + parser)  peak MB"


class Meter:
    """Time, CPU and memory of one import."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self.start = self.last = time.perf_counter()
        self._own, self._child = time.process_time(), _children()
        self._peak = 0.0
        self.tenths: list[float] = []

    def progress(self, progress: Progress) -> None:
        self.last = time.perf_counter()
        now = memory_now()
        self._peak = max(self._peak, now)
        while len(self.tenths) < 10 * progress.done // self._size:
            self.tenths.append(now)

    def row(self, name: str, result: ImportResult) -> str:
        (file,) = result.files
        wall, per = self.last - self.start, 1e5 / file.lines
        own, child = time.process_time() - self._own, _children() - self._child
        return (
            f"{name:10} {file.lines / wall:7,.0f}  {file.events / file.lines:11.2f}  {file.events / wall:8,.0f}  "
            f"{own * per:18.2f} + {child * per:12.2f}  {self._peak:7.0f}"
        )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_now() -> float:
    """This process and its children, MB; the peak so far where the system does not tell."""
    me, found = str(os.getpid()), 0
    with contextlib.suppress(OSError):  # looking at every process would cost more than a small batch
        children = [task.read_text().split() for task in Path("/proc/self/task").glob("*/children")]
        for number in [me, *(child for some in children for child in some)]:
            with contextlib.suppress(OSError):
                found += int(Path(f"/proc/{number}/statm").read_text().split()[1])
    return found * resource.getpagesize() / 1e6 if found else memory()


def tail(folder: Path) -> None:
    """The real logs as if they were played now, 5,000 lines a second; then lines of which no two say the same."""
    print("\ntail: 5,000 lines a second for ten seconds, parsed, stored and shown, of a core:")
    for name, log in LOGS.items():
        lines = as_of_now(REALDATA / log, name)
        print(f"{name:10} {_busy(folder / name, name, lambda now, lines=lines: next(lines)(now)):6.1%}", flush=True)
    numbers = count()
    own = _busy(folder / "own", "swg", lambda _: f"[Combat]  {_clock()} Bob hits a rat {next(numbers)} pts\n")
    print(f"{'all other':10} {own:6.1%}")


def _busy(folder: Path, dialect: str, line: Callable[[float], str]) -> float:
    """The CPU time of all threads but this one, which writes the lines, over the time it took."""
    with _tailing(folder, dialect) as (core, path):
        cpu, begin = time.process_time() - time.thread_time(), time.perf_counter()
        for part in range(100):
            with path.open("a", encoding="utf-8", newline="\n") as file:
                now = time.time()
                file.writelines(line(now) for _ in range(500))
            time.sleep(max(0.0, begin + (part + 1) / 10 - time.perf_counter()))
        seen = -1
        while seen != (seen := core.live.status().current.events):  # until all is taken in
            time.sleep(0.5)
        return (time.process_time() - time.thread_time() - cpu) / 10


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())


def _shows_more_than(core: Core, events: int) -> Callable[[], bool]:
    return lambda: core.live.status().current.events > events


def latency(folder: Path) -> None:
    """From a line's writing to the live view, in real time."""
    delays = []
    with _tailing(folder / "calm") as (core, path):
        for number in range(20):
            time.sleep(0.37)
            with path.open("a") as file:
                file.write(f"[Combat]  {_clock()} Bob hits a rat {number} pts\n")
            delays.append(_until(_shows_more_than(core, number)))
    print(
        f"tail: a line is in the live view after {1000 * sum(delays) / len(delays):.0f} ms, "
        f"at worst {1000 * max(delays):.0f} ms"
    )


@contextlib.contextmanager
def _tailing(folder: Path, dialect: str = "swg") -> Iterator[tuple[Core, Path]]:
    """A home that follows a log."""
    from combatlens.bootstrap.core import Core
    from combatlens.bootstrap.home import Home
    from combatlens.bootstrap.sources import DocumentPositions
    from combatlens.services.supervisor import Supervisor

    core = Core(Home(folder), what="a benchmark", profile=dialect)
    rules = LogRules(dialect=dialect, player="" if dialect != "swg" else "Bob", timezone="UTC")
    path = folder / "tailed.txt"
    path.write_text(time.strftime("Logging In [%a %b %d %H:%M:%S %Y] \n", time.gmtime()) if dialect == "swg" else "")
    log = LogTail("log", (str(path),), lambda p, begin: open_dialect(rules, take_sample(p), begin=begin),
                  DocumentPositions(core.store), core.clock, from_start=True)  # fmt: skip
    core.supervisor = Supervisor(core.recorder, core.clock, [log])
    core.recorder.start()
    core.supervisor.start()
    try:
        yield core, path
    finally:
        core.stop()


def _until(reached: Callable[[], bool]) -> float:
    start = time.perf_counter()
    while not reached():
        time.sleep(0.002)
        if time.perf_counter() - start > 60:
            raise TimeoutError("the lines did not arrive")
    return time.perf_counter() - start


def hostile() -> None:
    """The longest time that any line of the game's own words in any order takes a dialect."""
    worst, which = 0.0, ""
    for kind in kinds():
        dialect = kind.make(LogSetup(player="Bob"))
        for words in VOCABULARY:
            for stamp in (
                "[Combat]  12:00:00 ",
                "[Fri Jul 31 17:51:24 2026] ",
                "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] ",
                "",
            ):
                line = (stamp + words * 1000)[:4096]
                spent = min(_timed(dialect.parse, line) for _ in range(3))
                spent = max(spent, min(_timed(dialect.parse, line[:400]) for _ in range(3)))
                if spent > worst:
                    worst, which = spent, f"{kind.name}: {words!r}"
    print(f"hostile lines: at most {1000 * worst:.1f} ms ({which}); the bound is {HOSTILE_MS:.0f} ms")
    if 1000 * worst > HOSTILE_MS:
        sys.exit(1)


def _timed(call: object, line: str) -> float:
    assert callable(call)
    start = time.process_time()
    call(line)
    return time.process_time() - start


def memory() -> float:
    """The process's peak so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
