"""The screen source with nothing behind it: a bench hands it pictures."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from tests.benchmarks.ocr_scenes import HEIGHT, WIDTH

from combatlens.adapters.screen.source import ScreenSource
from combatlens.domain.profile import Region, ScreenRules


class Wall:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


def taken(_: Iterable[Any]) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(None)
    return future


def source_over(clock: Any) -> ScreenSource:
    return ScreenSource(ScreenRules(region=Region(0, 0, WIDTH, HEIGHT)), clock, open_grabber=None, open_reader=None)
