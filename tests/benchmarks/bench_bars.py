"""Bar mode measured: how many made bars are read, how far off the worst is, and what it costs.

    python -m tests.benchmarks bars --seed=2000000 --scenes=340

Each scene is one bar with a reader of its own and shows 20 fills in random order; the first is what a new user sees.
The reader was tuned on seeds below 100,000; a verdict asks for seeds that nobody ran before, given with `--seed`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

import cv2
import numpy as np
from tests.benchmarks.bar_scenes import KINDS, BarScene
from tests.benchmarks.ocr_scenes import fonts

from combatlens.adapters.ocr.bar import BarReader

FRAMES = 20
WRONG = 0.1
"""Percent of the bar from which a reading counts as wrong."""


def main(*arguments: str) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--scenes", type=int, default=20 * len(KINDS))
    parser.add_argument("--show", action="store_true", help="each wrong reading")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    paths = fonts()
    errors: dict[str, list[float]] = {kind: [] for kind in KINDS}
    drawn, reasons, used = Counter[str](), Counter[str](), 0.0
    for seed in range(chosen.seed, chosen.seed + chosen.scenes):
        scene, reader, pick = BarScene(seed, fonts=paths), BarReader(), random.Random(seed)
        for _ in range(FRAMES):
            frame = scene.frame(pick.uniform(0.3, 99.7))
            drawn[scene.kind] += 1
            start = time.process_time()
            found = reader.read(frame.image)
            used += time.process_time() - start
            if found.percent is None:
                reasons[f"{scene.kind}: {found.reason}" if chosen.show else found.reason] += 1
                continue
            errors[scene.kind].append(abs(found.percent - frame.percent))
            if chosen.show and errors[scene.kind][-1] > WRONG:
                print(f"  {seed} {scene.kind} {scene.looks} {frame.image.shape}: {found} is {frame.percent:.3f}")
    print("  kind               read   median   largest error (% of the bar)   wrong")
    every: list[float] = []
    for kind, found_errors in [*errors.items(), ("all", every)]:
        of = drawn[kind] or drawn.total()
        worst = np.array(found_errors or [0.0])
        print(
            f"  {kind:17s} {len(found_errors) / max(1, of):6.1%} {np.median(worst):8.4f} {worst.max():10.3f}"
            f" {int((worst > WRONG).sum()):26d} of {of}"
        )
        every += found_errors
    for reason, count in reasons.most_common():
        print(f"  refused: {count:5d} {reason}")
    print(f"  {1000 * used / drawn.total():.2f} ms of CPU a picture that changed", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
