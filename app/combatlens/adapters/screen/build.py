"""The screen source of a profile, put together."""

from __future__ import annotations

from pathlib import Path

from combatlens.adapters.ocr.full import FullReader, ReadingRules
from combatlens.adapters.ocr.glyph_store import GlyphStore
from combatlens.adapters.ocr.teacher import open_teachers
from combatlens.adapters.ocr.teaching import TeacherProcess
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.screen.grabber import MssGrabber
from combatlens.adapters.screen.source import Locator, ScreenSource, WholeScreen
from combatlens.adapters.screen.windows import WindowRegion, open_window_system
from combatlens.domain.profile import GameProfile
from combatlens.ports import Clock


def screen_source(profile: GameProfile, home: Path, clock: Clock) -> ScreenSource:
    """Reads the profile's region; glyphs are kept in `home`. Raises EnvironmentFault for a pattern of no use."""
    rules = profile.screen
    reading = ReadingRules.of(rules)

    def open_reader() -> TrainedReader:
        return TrainedReader(TeacherProcess(rules, clock), reading, clock, GlyphStore(home, profile.name))

    def open_locator() -> Locator:
        return WindowRegion(rules, open_window_system()) if rules.window_title else WholeScreen()

    return ScreenSource(rules, clock, open_grabber=MssGrabber, open_reader=open_reader, open_locator=open_locator)


def still_reader(profile: GameProfile) -> FullReader:
    """Both teachers in this process, for pictures from files. Raises EnvironmentFault where no OCR runs."""
    return FullReader(open_teachers(), ReadingRules.of(profile.screen))


def learning_reader(profile: GameProfile, home: Path, clock: Clock) -> TrainedReader:
    """For `read-image --learn`: reads with what the profile has learned and learns more; `close` keeps it."""
    rules = ReadingRules.of(profile.screen)
    return TrainedReader(still_reader(profile), rules, clock, GlyphStore(home, profile.name), paced=False)
