"""The screen as the set-up assistant asks for it: windows, pictures and trial readings, with the teachers' program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from combatlens.adapters.ocr.bar import BarReader
from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.images import enlarged
from combatlens.adapters.ocr.teaching import TeacherProcess
from combatlens.adapters.screen.setup import ScreenSetup, meaning_in_words
from combatlens.domain.profile import Region, ScreenRules
from combatlens.ports import Clock
from combatlens.ui.assistant_words import Answer, Found, Kind, Place

if TYPE_CHECKING:
    from combatlens.ports import Image


class AssistantScreen:
    """`ui.assistant_words.Setup`. For one worker thread; `close` ends the teachers' program until it is asked again."""

    def __init__(self, rules: ScreenRules, clock: Clock) -> None:
        self._teachers = TeacherProcess(structs.replace(rules, scale=0.0), clock)
        self._screen = ScreenSetup(self._teachers.read, self._teachers.spots, ReadingRules.of(rules).parse)

    def windows(self) -> Sequence[Place]:
        return [Place(*one) for one in self._screen.windows()]

    def monitors(self) -> Sequence[Region]:
        return self._screen.monitors()

    def picture(self, area: Region | None) -> tuple[Image, Region]:
        return self._screen.picture(area)

    def warm(self) -> None:
        self._teachers.read(np.zeros((16, 64, 3), np.uint8))

    def read(self, image: Image, kind: Kind, factor: int) -> Answer:
        if kind == "bar":
            bar = BarReader().read(image)
            if bar.percent is None:
                return Answer(False, "", bar.reason)
            return Answer(True, f"{bar.percent:.1f} %", f"the bar is {bar.percent:.1f} % full")
        made = self._screen.read(enlarged(image, factor))
        good = made.sure and not made.reason
        return Answer(good, made.text, meaning_in_words(made) if good else made.reason, "too small" in made.reason)

    def find(self, image: Image, x: int, y: int) -> Region | None:
        return self._screen.find(image, x, y)

    def search(self, image: Image) -> Sequence[Found]:
        return [Found(region, text) for region, text in self._screen.search(image)]

    def close(self) -> None:
        self._teachers.close()
