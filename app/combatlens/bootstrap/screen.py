"""Wiring of the screen reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from combatlens.bootstrap.game_profiles import profile_folders
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import GameProfile, Region
from combatlens.ports import Clock, EventSource
from combatlens.services.intake import Intake


def still_reader(profile: GameProfile) -> Any:
    """A reader of still pictures by the profile's rules. Raises EnvironmentFault when no OCR runs here."""
    from combatlens.adapters.screen import build

    return build.still_reader(profile)


def screen_source(
    profile: GameProfile, home: Home, clock: Clock, covered: Callable[[Region], bool] = lambda _: False,
    intake: Intake | None = None,
) -> EventSource | None:  # fmt: skip
    """The source that watches the profile's region; None where the profile does not ask for it.

    `covered`: whether the overlay lies over a rectangle of the screen; asked from the source's thread. `intake`
    counts how the reader does.
    """
    if not profile.screen.enabled:
        return None
    from combatlens.adapters.screen import build

    return build.screen_source(profile, home.root, clock, covered, intake)


def read_pictures(
    home: Home, files: Iterable[Path], region: Region | None, profile_name: str | None, *, learn: bool
) -> Iterator[dict[str, Any]]:
    """What the reader makes of picture files (or of folders of them): the objects of `read-image`.

    What the profile has learned reads first. Without a region the XP is looked for in a whole screenshot.
    """
    from combatlens.adapters.clock import SystemClock
    from combatlens.adapters.ocr.images import learn_images, read_images
    from combatlens.adapters.screen import build

    profile = _profile(home, profile_name)
    if learn:
        home.prepare()
    read = learn_images if learn else read_images
    reader, find = build.picture_reader(profile, home.root, SystemClock())
    with closing(reader):
        yield from read(files, reader, region, None if region else find)


def _profile(home: Home, name: str | None) -> GameProfile:
    from combatlens.adapters.settings_file import TomlSettings

    return profile_folders(home).load(name or TomlSettings(home.settings).load().profile)


def read_xp_once(home: Home, profile_name: str | None) -> dict[str, Any] | None:
    """One look at the profile's region -> an `xp` event, None when what is there is no sure reading."""
    from combatlens.adapters.screen.grabber import MssGrabber

    profile = _profile(home, profile_name)
    region = profile.screen.region
    if not profile.screen.enabled or region is None:
        raise EnvironmentFault(f"the profile {profile.name!r} names no screen region", "choose one in the settings")
    grabber = MssGrabber()
    try:
        reading = still_reader(profile).read(grabber.grab(region.x, region.y, region.width, region.height))
    finally:
        grabber.close()
    if not reading.sure:
        return None
    found = reading.found
    event = {
        "type": "xp", "value": found.value, "percent": found.percent, "needed": found.needed, "level": found.level,
        "confidence": reading.confidence,
    }  # fmt: skip
    return {key: value for key, value in event.items() if value is not None}
