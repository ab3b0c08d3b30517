"""The speed run: reads by glyphs beside the peers', an unchanged picture, and the loop's share of a core."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np
from tests.benchmarks.ocr_scenes import HEIGHT, WIDTH, Scene
from tests.benchmarks.ocr_source import Wall, source_over, taken
from tests.clocks import HandClock

from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.lesson import form_of
from combatlens.adapters.ocr.preprocess import prepare
from combatlens.adapters.ocr.rapid import RapidReader
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.tesseract import PytesseractReader, TesserocrReader
from combatlens.adapters.ocr.trained import TrainedReader


class Silent:
    """Where only glyphs are measured."""

    def read(self, image: np.ndarray) -> Reading:
        return unreadable("nobody to ask")

    def close(self) -> None:
        pass


def median_ms(work: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return 1000 * statistics.median(took)


def speed(first_seed: int, wanted: int = 5) -> None:
    """Reads by glyphs in `wanted` scenes of different fonts, every picture new; then the peers on the same pictures."""
    took: dict[str, list[float]] = {}
    number = first_seed + 5_000
    cv2.setNumThreads(1)
    while wanted:
        number += 1
        trained = trained_on(Scene(number))
        if trained is None:
            continue
        wanted -= 1
        reader, images = trained
        turn = iter(images)
        took.setdefault("CombatLens, learned", []).append(
            median_ms(lambda r=reader, t=turn: r.read(next(t)), len(images))
        )
        ready = prepare(images[0])
        for peer, times in ((TesserocrReader(), 20), (RapidReader(), 8), (PytesseractReader(), 4)):
            took.setdefault(peer.name, []).append(median_ms(lambda p=peer, r=ready: p.read(r), times))
    learned = statistics.median(took["CombatLens, learned"])
    for name, each in took.items():
        one = statistics.median(each)
        print(f"  {name}: {one:.3f} ms a {WIDTH}x{HEIGHT} picture, {one / learned:.0f} times as long")
    source = source_over(HandClock())
    print(f"  unchanged picture: {median_ms(lambda: source.look(images[0], reader, taken), 3000):.4f} ms")
    for rate in (10, 30):
        share = 100 * loop_share(images, reader, rate)
        print(f"  loop at {rate} frames a second, a new value a second: {share:.2f} % of a core")


def trained_on(scene: Scene) -> tuple[TrainedReader, list[np.ndarray]] | None:
    """A reader taught with the truth, and new pictures that it reads; None where most are not read by glyphs."""
    samples = []
    for _ in range(60):
        scene.gain()
        frame = scene.frame()
        samples.append(Sample(frame.image, frame.text))
    sheet = start_sheet(samples[:12])
    if sheet is None:
        return None
    for sample in samples:
        teach(sheet, sample.image, sample.text)
    images = []
    for _ in range(100):
        scene.gain()
        images.append(scene.frame().image)
    images = [image for image in images if isinstance(sheet.read(image), str)]
    reader = TrainedReader(Silent(), ReadingRules(), HandClock())
    sheet.proofs = 9
    sheet.forms = {form_of(sample.text) for sample in samples}
    reader.sheet = sheet
    return (reader, images) if len(images) > 60 else None


def loop_share(images: list[np.ndarray], reader: TrainedReader, rate: int, seconds: float = 5.0) -> float:
    source = source_over(Wall())
    start, used = time.monotonic(), time.thread_time()
    turns = int(seconds * rate)
    for turn in range(turns):
        source.look(images[turn // rate], reader, taken)
        time.sleep(max(0.0, start + (turn + 1) / rate - time.monotonic()))
    return (time.thread_time() - used) / seconds
