"""The screen source of a profile, put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from combatlens.adapters.ocr.find import find_xp
from combatlens.adapters.ocr.full import FullReader, ReadingRules
from combatlens.adapters.ocr.glyph_store import GlyphStore
from combatlens.adapters.ocr.images import Find
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.spots import spots_of
from combatlens.adapters.ocr.teacher import open_teachers
from combatlens.adapters.ocr.teaching import TeacherProcess
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.screen.grabber import MssGrabber
from combatlens.adapters.screen.locator import Locator, WholeScreen
from combatlens.adapters.screen.source import ScreenSource
from combatlens.adapters.screen.windows import WindowRegion, open_window_system
from combatlens.domain.profile import GameProfile, Region, ScreenRules
from combatlens.ports import Clock
from combatlens.services.intake import Intake

if TYPE_CHECKING:
    from combatlens.ports import Image


def screen_source(
    profile: GameProfile, home: Path, clock: Clock, covered: Callable[[Region], bool] = lambda _: False,
    intake: Intake | None = None,
) -> ScreenSource:  # fmt: skip
    """Reads the profile's region; glyphs are kept in `home`. `covered`, `intake`: see `ScreenSource`.

    Raises EnvironmentFault for a pattern of no use.
    """
    rules = profile.screen
    reading = ReadingRules.of(rules)

    def open_reader() -> TrainedReader:
        return TrainedReader(TeacherProcess(rules, clock), reading, clock, GlyphStore(home, profile.name))

    return ScreenSource(
        rules, clock, open_grabber=MssGrabber, open_reader=open_reader, open_locator=lambda: open_locator(rules),
        covered=covered, intake=intake,
    )  # fmt: skip


def open_locator(rules: ScreenRules) -> Locator:
    """What tells where the rules' regions are now. Raises EnvironmentFault where windows cannot be followed."""
    return WindowRegion(rules, open_window_system()) if rules.window_title else WholeScreen()


def still_reader(profile: GameProfile) -> FullReader:
    """All teachers in this process, for pictures from files. Raises EnvironmentFault where no OCR runs."""
    return FullReader(open_teachers(), ReadingRules.of(profile.screen))


def learning_reader(profile: GameProfile, home: Path, clock: Clock, full: FullReader | None = None) -> TrainedReader:
    """For files: reads with what the profile has learned; told to `confirm`, it learns more, which `close` keeps."""
    rules = ReadingRules.of(profile.screen)
    store = GlyphStore(home, profile.name)
    return TrainedReader(full or still_reader(profile), rules, clock, store, paced=False)


def picture_reader(profile: GameProfile, home: Path, clock: Clock) -> tuple[TrainedReader, Find]:
    """For `read-image`: the learning reader, and what finds the XP in a whole screenshot, on the same teachers."""
    teachers, rules = open_teachers(), ReadingRules.of(profile.screen)
    full = FullReader(teachers, rules)

    def find(image: Image) -> Reading:
        return find_xp(image, spots_of(teachers, image), rules.parse, full.read)

    return learning_reader(profile, home, clock, full), find
