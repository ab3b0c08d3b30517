"""What the assistant stands on: texts found by the teachers, a choice kept and used at once, what doctor says."""

from __future__ import annotations

import numpy as np
import pytest
from tests.integration.test_ocr_teachers import Clock, draw

from combatlens.adapters.ocr.images import enlarged
from combatlens.adapters.screen import windows
from combatlens.adapters.screen.grabber import MssGrabber
from combatlens.bootstrap import doctor
from combatlens.bootstrap.assistant_screen import AssistantScreen
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.screen_setup import ScreenWindows
from combatlens.domain.profile import GameProfile, Region, ScreenRules, decode_profile
from combatlens.services.supervisor import Supervisor
from combatlens.ui.assistant_words import Choice


def scene() -> np.ndarray:
    """A picture of 800×500 with the XP at 400,430 and other numbers about."""
    image = np.full((500, 800, 3), 40, np.uint8)
    image[430:470, 400:700] = draw("EXP 12,345 / 67,890")
    image[20:60, 20:320] = draw("HP 900 / 1,440")
    image[100:140, 20:320] = draw("7,300 gold")
    return image


def test_the_teachers_program_finds_the_text_at_a_click_and_by_itself():
    screen = AssistantScreen(ScreenRules(), Clock())
    try:
        image = scene()
        screen.warm()
        place = screen.find(image, 500, 452)
        assert place is not None
        assert screen.read(image[place.y : place.y + place.height, place.x : place.x + place.width], "text", 1).good
        assert screen.find(image, 600, 250) is None, "there is nothing"
        found = screen.search(image)
        assert "12,345" in found[0].text.replace(" ", "")
        assert all("900" not in one.text for one in found)
        region = found[0].region
        assert region.x <= 410
        assert region.x + region.width > 600
        assert abs(region.y + region.height / 2 - 450) < 12
    finally:
        screen.close()


def test_a_bar_is_read_as_one():
    screen = AssistantScreen(ScreenRules(), Clock())
    bar = np.full((14, 400, 3), 30, np.uint8)
    bar[:, :172] = (210, 120, 40)
    assert screen.read(bar, "bar", 1).words == "the bar is 43.0 % full"
    assert not screen.read(np.full((14, 400, 3), 30, np.uint8), "bar", 1).good
    screen.close()


def test_pictures_are_enlarged_only_where_asked():
    image = draw("1")
    assert enlarged(image, 0) is image
    assert enlarged(image, 1) is image
    assert enlarged(image, 2).shape == (80, 600, 3)


class Told:
    """A source that notes what became of it."""

    name = "screen"

    def __init__(self) -> None:
        self.stopped = False

    def stop(self, timeout: float = 5.0) -> None:
        self.stopped = True


def test_a_choice_is_kept_in_the_profile_and_takes_the_old_sources_place(tmp_path):
    home = Home.of(tmp_path)
    home.prepare()
    (home.profiles / "isles.toml").write_text('# mine\nname = "isles"\n[screen]\nregion = {x=1,y=2,width=3,height=4}\n')
    core = Core(home, what="test", profile="isles")
    old = Told()
    core.supervisor = Supervisor(core.recorder, core.clock, [old])
    try:
        ScreenWindows(core).save(Choice("", Region(5, 6, 200, 20), None, "text", 2))
        kept = decode_profile((home.profiles / "isles.toml").read_text(), "isles")
        assert kept == core.profile
        assert (kept.screen.region, kept.screen.scale, kept.screen.enabled) == (Region(5, 6, 200, 20), 2, True)
        assert "# mine" in (home.profiles / "isles.toml").read_text()
        assert old.stopped
        new = core.supervisor.source("screen")
        assert new is not None
        assert new is not old
        ScreenWindows(core).save(Choice("Isles", Region(1, 1, 300, 12), (800, 600), "bar"))
        screen = core.profile.screen
        assert (screen.bar, screen.region, screen.reference_size) == (Region(1, 1, 300, 12), None, (800, 600))
        both = Choice("Isles", Region(5, 6, 200, 20), (800, 600), "both", 1, "isles.exe", Region(1, 1, 300, 12))
        ScreenWindows(core).save(both)
        screen = core.profile.screen
        assert (screen.bar, screen.region, screen.window_class) == (both.bar, both.region, "isles.exe")
    finally:
        core.supervisor.stop()
        core.supervisor = None
        core.lock.release()
        core.store.close()


def test_doctor_says_that_the_games_window_is_not_there(monkeypatch):
    class Desk:
        def windows(self):
            return []

        def close(self):
            pass

    monkeypatch.setattr(doctor, "has_display", lambda: True)
    monkeypatch.setattr(MssGrabber, "bounds", lambda self: (0, 0, 800, 600))
    monkeypatch.setattr("combatlens.adapters.screen.build.open_window_system", Desk)
    assert windows.WindowGone.__doc__
    profile = GameProfile(name="isles", screen=ScreenRules(window_title="Isles", region=Region(1, 2, 30, 40)))
    told = doctor._capture(profile)
    assert (told.state, told.message) == ("warning", "game window not found: 'Isles'")
    away = GameProfile(name="isles", screen=ScreenRules(region=Region(790, 2, 30, 40)))
    outside = doctor._tried("capture", lambda: doctor._capture(away))
    assert outside.message.startswith("region outside the screen: 30×40 at 790,2")
    with pytest.raises(windows.WindowGone):
        windows.WindowRegion(profile.screen, Desk()).locate(Region(1, 2, 30, 40))
