"""The store's write path over both engines: batches, single events at 500 a second, bytes an event."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from tests.desk import START, Bench
from tests.postgres import Server, programs

from combatlens.domain.events import Event, Kill, Occurrence, SkillUse

EVENTS = 100_000
BATCH = 20_000
RATE = 500
SECONDS = 5.0
STEP_S = 0.05


def main() -> None:
    print(
        f"{'engine':<12}{'events/s':>10}{'bytes/event':>13}{'ack p50 ms':>12}{'p99 ms':>8}{'aims: 50000, p99 25':>22}"
    )
    with tempfile.TemporaryDirectory(prefix="combatlens-bench-", ignore_cleanup_errors=True) as folder:
        _measure("sqlite", Path(folder) / "store.db")
    if programs() is None:
        print("postgresql  is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="combatlens-pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        server.start()
        try:
            _measure("postgresql", server.database())
        finally:
            server.stop()


def _measure(name: str, place: Path | str) -> None:
    bench = Bench(place)
    try:
        batch = [Occurrence(_event(n), START + n * STEP_S, "bot") for n in range(EVENTS)]
        begun = time.perf_counter()
        for first in range(0, EVENTS, BATCH):
            done = bench.recorder.submit(batch[first : first + BATCH])
        done.result()
        speed = EVENTS / (time.perf_counter() - begun)
        size = _bytes(bench, place) / EVENTS
        delays = sorted(_single(bench))
    finally:
        bench.close()
    p50, p99 = (1000 * delays[int(len(delays) * share)] for share in (0.5, 0.99))
    print(f"{name:<12}{speed:>10,.0f}{size:>13,.0f}{p50:>12.1f}{p99:>8.1f}")


def _event(number: int) -> Event:
    if number % 10 == 0:
        return Kill(target=f"rat {number % 5}", xp=5.0)
    return SkillUse(skill=f"skill {number % 9}", damage=float(number % 100), target=f"rat {number % 5}", xp=1.0)


def _single(bench: Bench) -> list[float]:
    """Seconds from submission to acknowledgement, single events at a steady rate."""
    delays: list[float] = []
    begun = time.perf_counter()
    for number in range(int(RATE * SECONDS)):
        due = begun + number / RATE
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        sent = time.perf_counter()
        at = START + EVENTS * STEP_S + number / RATE
        future = bench.recorder.submit([Occurrence(_event(number), at, "bot")])
        future.add_done_callback(lambda _, sent=sent: delays.append(time.perf_counter() - sent))
    future.result()
    return delays


def _bytes(bench: Bench, place: Path | str) -> float:
    with bench.engine.connect() as connection:
        if isinstance(place, str):
            return float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
        pages, size = (int(connection.execute(text(f"PRAGMA {n}")).scalar_one()) for n in ("page_count", "page_size"))
        return float(pages * size)


if __name__ == "__main__":
    main()
