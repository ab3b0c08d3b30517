"""What a new session costs on a long history, and a rebuild. CPU time: other work on the machine does not count."""

from __future__ import annotations

import time

import msgspec
import numpy as np
from tests.benchmarks.learning.table import Row
from tests.learn_world import SMALL, START, TargetTruth, World, play, record, summary_of
from tests.shelf import Shelf

from combatlens.learning.session_record import SessionStats, decode_stats, encode_stats
from combatlens.learning.session_stats import session_stats
from combatlens.services.learn_worker import SessionToLearn, learn

EVENTS = 10_000_000
NOW = START + 1e9


def busy() -> World:
    """About 3,600 events an hour."""
    targets = tuple(TargetTruth(name, 700.0, 50.0) for name in ("wolf", "bear", "boar", "stag"))
    return World(skills=SMALL.skills, targets=targets, travel=1.0)


def speed() -> list[Row]:
    rng = np.random.default_rng(61)
    samples: list[SessionStats] = []
    count = 0
    plays = [record(play(busy(), 60.0, rng), f"sample{i}") for i in range(6)]
    summaries = [summary_of(events) for events in plays]
    began = time.process_time()
    for events, summary in zip(plays, summaries, strict=True):
        samples.append(session_stats(summary, events))
        count += len(events)
    each = (time.process_time() - began) / count
    shelf = Shelf()
    total = EVENTS // (count // len(plays))
    for i in range(total):
        sample = samples[i % len(samples)]
        where = msgspec.structs.replace(sample.circumstances, build=f"b{i % 3}")
        shelf.stats[f"s{i:06d}"] = encode_stats(
            msgspec.structs.replace(
                sample, session_id=f"s{i:06d}", start=START + i * 7200.0, end=START + i * 7200.0 + 3600,
                xp=sample.xp * float(rng.normal(1, 0.05)), circumstances=where,
            )
        )  # fmt: skip
    began = time.process_time()
    shelf.blob = learn(shelf, NOW).history
    rebuild = time.process_time() - began
    events = record(play(busy(), 60.0, rng, START + 1e8), "new")
    shelf.sessions["new"] = SessionToLearn(summary_of(events), events)
    times = []
    for _ in range(3):
        began = time.process_time()
        learn(shelf, NOW)
        times.append(time.process_time() - began)
    assert decode_stats(next(iter(shelf.stats.values()))) is not None
    return [
        Row(f"a new one-hour session of {len(events)} events on {total} sessions ({EVENTS:,} events)", "at most 100 ms",
            f"{min(times) * 1000:.0f} ms", min(times) <= 0.1),
        Row("rebuild from kept statistics", "at most 10 s", f"{rebuild:.1f} s", rebuild <= 10),
        Row("rebuild from events (the store's reading aside)", "at most 180 s",
            f"{each * EVENTS:.0f} s ({each * 1e6:.1f} µs an event)", each * EVENTS <= 180),
    ]  # fmt: skip
