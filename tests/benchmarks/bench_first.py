"""A fresh profile in a running game: from the start of recording to the first value that is trusted. Aim: 5 s at most.

For real: an X server, a game's window that shows a number which grows, an empty home, and the loop that
records: it finds the window, grabs, starts the teachers' program, reads and judges. Each start has another look: the
font, its size (16 px and more, smaller where the text would not fit), the colours, the number's form, and how often
it grows.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tests.e2e.screen_game import Game
from tests.e2e.screen_window import SIZE, TEXT, TITLE

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.screen.build import screen_source
from combatlens.domain.events import Occurrence, XpReading
from combatlens.domain.profile import GameProfile, Region, ScreenRules
from combatlens.simulation.display import VirtualDesktop

AIM_S, PATIENCE_S = 5.0, 30.0
FONTS = (
    "DejaVu Sans", "DejaVu Serif", "Liberation Sans", "Liberation Serif", "Liberation Mono", "Carlito", "Cabin",
    "Cantarell", "Hack", "Lato", "Open Sans", "Roboto", "Noto Sans", "Ubuntu", "FreeSans",
)  # fmt: skip
"""Ordinary ones; where one is not installed, the system's nearest is drawn."""
FORMS = ("{:,} / 60,000", "{:,}", "{}", "XP {:,} / 60,000", "{} / 60000")
COLOURS = (("#f4f0e0", "#182430"), ("#ffd800", "#202020"), ("#ffffff", "#3a5a2a"), ("#181818", "#d8d4c8"))
STEP = 137
PAUSES_S = (0.5, 1.0, 3.0)


def main(*options: str) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--display", type=int)
    chosen = parser.parse_args(options or None)
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, VirtualDesktop(
        folder=Path(folder) / "desktop", number=chosen.display, tray=False
    ) as desktop:  # fmt: skip
        os.environ.update(desktop.env)
        os.environ.pop("XDG_SESSION_TYPE", None)
        for number in range(chosen.starts):
            pick = random.Random(chosen.seed + number)
            look = (pick.choice(FONTS), pick.choice((16, 18, 20, 24)), *pick.choice(COLOURS))
            form = pick.choice(FORMS)
            first, pause = pick.randint(1_000, 50_000), pick.choice(PAUSES_S)
            value, seconds, cpu = one_start(desktop, Path(folder) / str(number), look, form, first, pause)
            took.append(seconds)
            seen = f"{value:g} in {' '.join(map(str, look))}, new each {pause:g} s"
            print(f"  {seconds:5.2f} s, {cpu:4.2f} s of CPU: {seen}", flush=True)
    late = sum(seconds > AIM_S for seconds in took)
    print(
        f"start of recording to the first trusted value, {len(took)} fresh homes: {min(took):.2f} s at least, median "
        f"{statistics.median(took):.2f} s, {max(took):.2f} s at most; over {AIM_S:g} s: {late} (aim: none)"
    )


def one_start(
    desktop: VirtualDesktop, home: Path, look: Sequence[str | int], form: str, value: int, pause: float
) -> tuple[float, float, float]:
    """The first value told, the seconds from the start to it, and the CPU that reader and teachers took for it.

    A value that the game did not show is an error; none at all counts as `PATIENCE_S`.
    """
    game, shown, told = Game(desktop), {value}, list[float]()
    heard = threading.Event()

    def take(batch: Sequence[Occurrence]) -> Future[Any]:
        told.extend(one.event.value or 0.0 for one in batch if isinstance(one.event, XpReading))
        heard.set()
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    rules = ScreenRules(enabled=True, window_title=TITLE, region=Region(*TEXT), reference_size=SIZE)
    source = screen_source(GameProfile(name="first", screen=rules), home, SystemClock())
    try:
        game.do("dress", *look)
        game.do("show", form.format(value))
        time.sleep(0.5)  # the window is there before somebody records it
        used, start = _cpu(), time.monotonic()
        source.start(take)
        while not heard.wait(pause) and time.monotonic() - start < PATIENCE_S:
            value += STEP
            shown.add(value)
            game.do("show", form.format(value))
        seconds = time.monotonic() - start
    finally:
        source.stop()
        game.close()
    if told and told[0] not in shown:
        raise AssertionError(f"{told[0]:g} was never shown")
    return (told[0], seconds, _cpu() - used) if told else (0.0, PATIENCE_S, _cpu() - used)


def _cpu() -> float:
    """Of this process and those that ended."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in both)


if __name__ == "__main__":
    main()
