"""The trust run: wrong accepted values, and how many clean ones are read, in scenes that learn as they play."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tests.benchmarks.legible import LEAST_CONTRAST, MOSTLY_JOINED, contrast, joined
from tests.benchmarks.ocr_scenes import SPOILS, Frame, Scene
from tests.benchmarks.ocr_source import source_over, taken
from tests.clocks import HandClock

from combatlens.adapters.ocr.full import FullReader, ReadingRules
from combatlens.adapters.ocr.reading import Reading, meaning
from combatlens.adapters.ocr.teacher import open_teachers
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp

LEARN_VALUES, FRAMES_EACH, COUNTED = 30, 4, 3
VALUE_SECONDS = 3.0
"""From one new value to the next. Its first frames are drawn, a tenth of a second apart; while glyphs are learned also
some later ones, as a game shows them."""
OF_SCENE = ("scene", "contrast", "joined")
OF_VALUES = ("values", "read in 3 frames", "untrained values", "untrained read in 3 frames")
LATER, LATER_SECONDS = 10, 0.25


class Counted:
    """Teachers that count their questions."""

    def __init__(self, reader: FullReader) -> None:
        self.reader, self.asked = reader, 0

    def read(self, image: np.ndarray) -> Reading:
        self.asked += 1
        return self.reader.read(image)

    def close(self) -> None:
        pass


def trust(scenes: int, frames: int, first_seed: int, kept: Path | None = None) -> Counter[str]:
    """Wrong accepted values, and how many clean values are read within three frames. `kept`: JSON, a seed each.

    The values of scenes that people could not read reliably are counted too, and told apart (`faint`); of the others
    those in type whose digits mostly stand apart once more (`apart`).
    """
    teachers, total = open_teachers(), Counter[str]()
    done: dict[str, dict[str, Any]] = json.loads(kept.read_text()) if kept and kept.is_file() else {}
    for number in range(scenes):
        seed = str(first_seed + number)
        if seed not in done:
            scene, count = Scene(int(seed)), Counter[str]()
            one_scene(scene, teachers, frames // scenes, count)
            seen_at = contrast(int(seed))
            run_together = joined(int(seed))
            if seen_at < LEAST_CONTRAST:
                count = Counter({f"faint {key}" if key in OF_VALUES else key: many for key, many in count.items()})
            elif run_together < MOSTLY_JOINED:
                count.update({f"apart {key}": count[key] for key in OF_VALUES})
            done[seed] = {"scene": scene.name, "contrast": round(seen_at, 2), "joined": run_together, **count}
            if kept:
                kept.write_text(json.dumps(done, indent=1))
            print(f"  {seed} {scene.name} contrast {seen_at:.1f}: {dict(count)}", flush=True)
        total.update({key: value for key, value in done[seed].items() if key not in OF_SCENE})
        if (number + 1) % 10 == 0:
            print(f"{number + 1} scenes: {dict(total)}", flush=True)
    return total


def one_scene(scene: Scene, teachers: list[Any], frames: int, total: Counter[str]) -> None:
    clock, rules, taught = HandClock(), ReadingRules(), Counted(FullReader(teachers))
    reader = TrainedReader(taught, rules, clock)
    source = source_over(clock)
    recent: list[Any] = []
    read = False
    for frame, clean, learning in played(scene, clock, frames):
        truth = meaning(parse_xp(frame.text))
        if not recent or recent[-1] != truth:
            recent = [*recent[-2:], truth]
        verdict = source.look(frame.image, reader, taken)
        total["frames"] += 1
        total["spoiled frames"] += bool(frame.spoiled)
        if verdict.changed and meaning(verdict.reading.found) not in recent:
            total["wrong"] += 1
            seen = (
                f"{frame.text!r} ({frame.spoiled or 'clean'}) as {verdict.reading.text!r} by {verdict.reading.reader}"
            )
            print(f"  WRONG {scene.name}: {seen}", flush=True)
        total[f"by {verdict.reading.reader}" if verdict.state == "accepted" else verdict.state] += 1
        right = verdict.state == "accepted" and meaning(verdict.reading.found) == truth
        read = (clean > 0 and right) or (clean > 1 and read)
        if clean != COUNTED or learning:
            continue
        kind = "" if reader.trained else "untrained "
        total[f"{kind}values"] += 1
        total[f"{kind}read in 3 frames"] += read
        if not read:
            total[f"unread: {verdict.reason[:60]}"] += 1
    total["asked"] += taught.asked
    total["scenes trained"] += reader.trained
    total["scenes"] += 1


def played(scene: Scene, clock: HandClock, frames: int) -> Iterator[tuple[Frame, int, bool]]:
    """The game's pictures, each value's clean ones counted from 1 (0: spoiled), and whether it still learns."""
    pick, drawn, values = scene._pick, 0, 0
    while drawn < frames:
        scene.gain()
        values += 1
        learning = values <= LEARN_VALUES
        clock.time += VALUE_SECONDS - (LATER * LATER_SECONDS if values - 1 <= LEARN_VALUES and values > 1 else 0.0)
        spoil = pick.choice(SPOILS) if not learning and pick.random() < 0.3 else ""
        for _ in range(pick.randint(1, 8) if spoil else 0):
            clock.time += 0.1
            drawn += 1
            yield scene.frame(spoil), 0, learning
        for clean in range(1, FRAMES_EACH + (LATER if learning else 0) + 1):
            clock.time += 0.1 if clean <= FRAMES_EACH else LATER_SECONDS
            drawn += 1
            yield scene.frame(), clean, learning


def tell(total: Counter[str]) -> None:
    print(f"trust: {dict(total)}")
    print(f"  wrong accepted: {total['wrong']} in {total['frames']} frames")
    for words, kinds in (
        ("once trained, legible scenes", ("",)),
        ("legible scenes", ("", "untrained ")),
        ("those whose digits stand apart", ("apart ", "apart untrained ")),
        ("once trained, all scenes", ("", "faint ")),
        ("all scenes", ("", "untrained ", "faint ", "faint untrained ")),
    ):
        values = sum(total[f"{kind}values"] for kind in kinds)
        read = sum(total[f"{kind}read in 3 frames"] for kind in kinds)
        print(f"  clean values read within 3 frames, {words}: {read / max(1, values):.4f} of {values}")
