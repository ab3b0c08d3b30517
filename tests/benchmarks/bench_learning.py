"""Is what was learned true, and does the advice pay? Known truth, many seeds. `make bench ARGS=learning`.

COMBATLENS_BENCH_SCALE (default 1) makes the samples larger or smaller.
"""

from __future__ import annotations

import os

from tests.benchmarks.learning import builds, coverage, deadly, detection, rotation, speed
from tests.benchmarks.learning.table import show


def main() -> None:
    scale = float(os.environ.get("COMBATLENS_BENCH_SCALE", "1"))

    def times(count: int) -> int:
        return max(4, int(count * scale))

    show(builds.equal_builds(times(1000)))
    show(builds.worse_build(times(300)))
    show(builds.equal_trials(times(300)))
    for seed in (31, 33):
        show(rotation.rotation(times(100), seed))
    show([rotation.false_sequences(times(200))])
    show(detection.detection(times(100)))
    show([detection.goals(times(400))])
    show(deadly.deadly(times(300)))
    show(speed.speed())
    show(coverage.coverage(times(200)))
