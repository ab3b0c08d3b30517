"""A region follows its window: place, size, closing, covering."""

from __future__ import annotations

import pytest

from combatlens.adapters.screen.window_match import best_window, lasting
from combatlens.adapters.screen.windows import GameWindow, WindowGone, WindowRegion, overlaps, scaled
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region, ScreenRules


class Desk:
    def __init__(self, window: GameWindow | None, cover: GameWindow | None = None) -> None:
        self.window, self.cover = window, cover

    def windows(self):
        return [self.window] if self.window else []

    def above(self, window, place):
        return self.cover

    def close(self):
        pass


RULES = ScreenRules(window_title="Game", region=Region(10, 20, 100, 30), reference_size=(800, 600))


def located(window: GameWindow) -> Region:
    return WindowRegion(RULES, Desk(window)).locate(RULES.region)


def test_it_follows_the_place():
    assert WindowRegion(RULES, Desk(GameWindow("Game", 300, 200, 800, 600))).locate(RULES.region) == Region(
        310, 220, 100, 30
    )


def test_it_scales_with_the_size():
    assert WindowRegion(RULES, Desk(GameWindow("Game", 0, 0, 1600, 1200))).locate(RULES.region) == Region(
        20, 40, 200, 60
    )


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (Region(0, 0, 100, 30), Region(0, 0, 200, 60)),
        (Region(700, 570, 100, 30), Region(1400, 1140, 200, 60)),
        (Region(350, 560, 100, 30), Region(900, 1120, 200, 60)),
    ],
)
def test_it_stays_at_the_nearest_edge(region, expected):
    size = (1600, 1200) if expected.x != 900 else (2000, 1200)
    assert scaled(region, (800, 600), size) == expected


def test_gone_minimised_outside_and_covered_are_said():
    with pytest.raises(WindowGone, match="not found"):
        WindowRegion(RULES, Desk(None)).locate(RULES.region)
    with pytest.raises(WindowGone, match="minimised"):
        WindowRegion(RULES, Desk(GameWindow("Game", 0, 0, 800, 600, minimised=True))).locate(RULES.region)
    with pytest.raises(EnvironmentFault, match="outside the game window"):
        WindowRegion(RULES, Desk(GameWindow("Game", 0, 0, 80, 60))).locate(Region(70, 0, 800, 30))
    overlay = GameWindow("CombatLens overlay", 0, 0, 200, 200)
    region = WindowRegion(RULES, Desk(GameWindow("Game", 0, 0, 800, 600), overlay))
    assert region.cover(region.locate(RULES.region)) == "the overlay"


def window(title: str, handle: int, kind: str = "isles") -> GameWindow:
    return GameWindow(title, 0, 0, 800, 600, handle=handle, kind=kind)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Isles - 60 FPS", "Isles"),
        ("Isles of Test – Zone 4", "Isles of Test"),
        ("60 FPS | Isles", "Isles"),
        ("Isles v1.2 [DX11]", "Isles"),
        ("EVE", "EVE"),
        ("12:30", ""),
    ],
)
def test_the_lasting_part_of_a_title(title, name):
    assert lasting(title) == name


def test_the_class_comes_first_then_the_title():
    wiki, game = window("Isles - Zone A: the wiki", 1, "browser"), window("Isles - Zone B", 2)
    assert best_window([wiki, game], "Isles - Zone A", "isles") == game
    assert best_window([wiki], "Isles - Zone A", "isles") is None
    assert best_window([window("Loading …", 3)], "Isles - Zone A", "isles") is not None, "its class is its own"
    assert best_window([window("Loading …", 3, "UnityWndClass")], "Isles - Zone A", "UnityWndClass") is None
    old_profile = best_window([window("Isles - 61 FPS", 4)], "Isles - 60 FPS")
    assert old_profile is not None
    assert best_window([window("Islesmere", 4), window("CombatLens: Isles", 5)], "Isles - 60 FPS") is None


def test_another_character_of_the_same_game_is_not_taken_for_the_one_that_left():
    ann, bob = window("Isles - Ann", 1), window("Isles - Bob", 2)
    desk = Desk(None)
    region = WindowRegion(ScreenRules(window_title="Isles - Ann", window_class="isles", region=RULES.region), desk)
    desk.windows = lambda: [bob, ann]
    assert region.locate(RULES.region)
    assert region._window == ann
    desk.windows = lambda: [bob, window("Loading", 1)]
    region.locate(RULES.region)
    assert region._window.handle == 1, "the followed window may call itself as it likes"
    desk.windows = lambda: [bob]
    with pytest.raises(WindowGone):
        region.locate(RULES.region)
    desk.windows = lambda: [bob, window("Isles - Ann, level 3", 7)]
    region.locate(RULES.region)
    assert region._window.handle == 7


def test_overlaps():
    assert overlaps(Region(0, 0, 10, 10), Region(9, 9, 5, 5))
    assert not overlaps(Region(0, 0, 10, 10), Region(10, 0, 5, 5))
