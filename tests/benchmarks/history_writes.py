"""What taking events into a long history costs, measured in a process of its own: `python -m … PLACE`, prints JSON.

PLACE: a SQLite file or the address of a PostgreSQL database, which is written to.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.desk import Bench

from combatlens.domain.events import Occurrence
from combatlens.simulation.history import play_history

TURNS = 3
"""The rate is that of the one in the middle."""

SESSIONS = 100
BATCH = 20_000
RATE = 500
SECONDS = 6.0


def main(place: str) -> None:
    bench = Bench(place if "://" in place else Path(place))
    try:
        with bench.engine.connect() as connection:
            newest = connection.execute(text("SELECT max(last_at) FROM sessions")).scalar() or 1.7e9
        rates = []
        for turn in range(1, TURNS + 1):
            events = _events(newest + turn * 1e7, turn)
            singles = events[-int(RATE * SECONDS) :]
            bench.clock.time = newest + (turn + 1) * 1e7
            rates.append(_batches(bench, events[: -len(singles)]))
        found = {"rate": sorted(rates)[TURNS // 2], **_singles(bench, singles)}
    finally:
        bench.close()
    print(json.dumps(found))


def _events(ends_at: float, turn: int) -> list[Occurrence]:
    """Sessions with ids on every event, as a bot sends them."""
    played = play_history(sessions=SESSIONS, minutes=14.0, seed=TURNS * int(time.time()) + turn, ends_at=ends_at)
    events = chain.from_iterable(told for _, told in played)
    return [Occurrence(event, float(event.at or 0.0), "bot") for event in events]


def _batches(bench: Bench, events: list[Occurrence]) -> tuple[float, float]:
    """Events a second, by the wall and of CPU."""
    begun, busy = time.perf_counter(), time.process_time()
    for first in range(0, len(events), BATCH):
        done = bench.recorder.submit(events[first : first + BATCH])
    done.result()
    return len(events) / (time.perf_counter() - begun), len(events) / (time.process_time() - busy)


def _singles(bench: Bench, events: list[Occurrence]) -> dict[str, Any]:
    """Milliseconds from submission to acknowledgement, single events at a steady rate."""
    delays: list[float] = []
    begun, busy = time.perf_counter(), time.process_time()
    for number, event in enumerate(events):
        due = begun + number / RATE
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        sent = time.perf_counter()
        future = bench.recorder.submit([event])
        future.add_done_callback(lambda _, sent=sent: delays.append(time.perf_counter() - sent))
    future.result()
    delays.sort()
    return {
        "ack p50 ms": 1000 * delays[len(delays) // 2],
        "ack p99 ms": 1000 * delays[len(delays) * 99 // 100],
        "cpu ms a single": 1000 * (time.process_time() - busy) / len(events),
    }


if __name__ == "__main__":
    main(sys.argv[1])
