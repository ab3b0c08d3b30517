"""Combat logs: parsing alone, the whole import into a store, and the tail. `COMBATLENS_BENCH_MB` sets the size (64)."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.logs import FakeClock, MemoryRecorder
from tests.realdata import REALDATA

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.positions import FilePositions
from combatlens.adapters.combat_log.reading import FileParser
from combatlens.adapters.combat_log.recognise import KINDS, open_dialect, take_sample
from combatlens.adapters.combat_log.tail import LogTail
from combatlens.domain.profile import LogRules

MEGABYTES = int(os.environ.get("COMBATLENS_BENCH_MB", "64"))
LOGS = {
    "swg": "swg/swglogparser_chatlogs/5380027321_chatlog.txt",
    "everquest": "everquest/everquest-companion/fixtures/w42-effect-proc-resist.log",
    "nwn": "nwn/woos-nwn-parser/real_flurry_conceal_epicdodge.txt",
    "swtor": "swtor/ezet/8ev.txt",
    "wow": "wow/seriousnes_torghast/WoWCombatLog_Torghast-20201221-001_Full.txt",
    "sto": "sto/combatloganalyzer/pvp_first_5000.log",
}
HOSTILE_MS = 50.0
VOCABULARY = (
    "a attacks b with c and hits ",
    "x has caused y to take 1 points of ",
    "a hits b for 1 points of damage ",
    "'s ",
)


def main() -> None:
    if not REALDATA.exists():
        print(f"skipped: no real logs at {REALDATA}")
        return
    with tempfile.TemporaryDirectory() as folder:
        parse(Path(folder))
        store(Path(folder))
        tail(Path(folder))
    hostile()


def repeated(folder: Path, name: str, megabytes: float) -> Path:
    """A real log, repeated to a size."""
    data = (REALDATA / LOGS[name]).read_bytes().removeprefix(b"\xef\xbb\xbf")
    data += b"" if data.endswith(b"\n") else b"\n"
    path = folder / f"{name}.log"
    with path.open("wb") as file:
        for _ in range(max(1, int(megabytes * 1e6 / len(data)))):
            file.write(data)
    return path


def parse(folder: Path) -> None:
    print(f"parsing, {MEGABYTES} MB of each log in one process\n{'':10} lines/s  lines/CPU s  events/line  memory MB")
    for name in LOGS:
        path = repeated(folder, name, MEGABYTES)
        start, cpu, lines, events = time.perf_counter(), time.process_time(), 0, 0
        for batch in FileParser(path, LogRules(dialect=name)).batches():
            lines += batch.lines
            events += len(batch.events)
        wall, spent = time.perf_counter() - start, time.process_time() - cpu
        print(f"{name:10} {lines / wall:7,.0f}  {lines / spent:11,.0f}  {events / lines:11.2f}  {memory():9.0f}")
        path.unlink()


def store(folder: Path) -> None:
    """The whole way: `import` into a fresh home."""
    from combatlens.bootstrap.home import Home
    from combatlens.bootstrap.importing import import_files

    print(f"\nimport into the store, {MEGABYTES / 4:g} MB of each log\n{'':10} lines/s  events/s  memory MB")
    for name in LOGS:
        path = repeated(folder, name, MEGABYTES / 4)
        start = time.perf_counter()
        found = import_files(
            Home(folder / f"home-{name}"), [path], name, "", None, lambda _progress: None, lambda: False
        )
        wall = time.perf_counter() - start
        lines, events = found.result.files[0].lines, found.result.files[0].events
        print(f"{name:10} {lines / wall:7,.0f}  {events / wall:8,.0f}  {memory():9.0f}")
        path.unlink()


def tail(folder: Path) -> None:
    """5,000 lines a second for ten seconds of log, and the time from a line's writing to its event."""
    rules = LogRules(dialect="swg", player="Bob")
    path = folder / "tailed.txt"
    path.write_text("Logging In [Sat Feb 17 20:00:00 2024] \n")
    recorder, clock = MemoryRecorder(), FakeClock()
    follower = LogTail("log", (str(path),), lambda p: open_dialect(rules, take_sample(p)),
                       FilePositions(folder / "positions.json"), clock)  # fmt: skip
    follower.step(recorder.emit)
    spent, number = 0.0, 0
    for second in range(10):
        for part in range(10):  # ten writes a second, as a poll sees them
            lines = [f"[Combat]  21:00:{second:02} Bob hits a rat {number + i} pts\n" for i in range(500)]
            number += 500
            with path.open("a") as file:
                file.writelines(lines)
            clock.time += 0.1
            start = time.process_time()
            while follower.step(recorder.emit):
                pass
            spent += time.process_time() - start
            del part
    assert len(recorder.events) == number
    print(f"\ntail: {number:,} lines at 5,000 a second take {spent / 10:.1%} of a core")
    for follower_ in follower._followers.values():
        follower_.close()
    latency(folder)


def latency(folder: Path) -> None:
    rules = LogRules(dialect="swg", player="Bob")
    path = folder / "live.txt"
    path.write_text("Logging In [Sat Feb 17 20:00:00 2024] \n")
    recorder, clock = MemoryRecorder(), FakeClock()
    live = LogTail("log", (str(path),), lambda p: open_dialect(rules, take_sample(p)),
                   FilePositions(folder / "live.json"), clock, from_start=True)  # fmt: skip
    live.start(recorder.emit)
    delays = []
    for number in range(20):
        time.sleep(0.13)
        start = time.perf_counter()
        with path.open("a") as file:
            file.write(f"[Combat]  21:00:{number:02} Bob hits a rat {number} pts\n")
        while len(recorder.events) <= number and time.perf_counter() - start < 5:
            time.sleep(0.001)
        delays.append(time.perf_counter() - start)
    live.stop()
    print(
        f"tail: a line is an event after {1000 * sum(delays) / len(delays):.0f} ms, "
        f"at worst {1000 * max(delays):.0f} ms"
    )


def hostile() -> None:
    """The longest time that any line of the game's own words in any order takes a dialect."""
    worst, which = 0.0, ""
    for kind in KINDS:
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
    main()
