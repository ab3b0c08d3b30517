"""A region follows its window: place, size, closing, covering."""

from __future__ import annotations

import pytest

from combatlens.adapters.screen.windows import GameWindow, WindowGone, WindowRegion, overlaps, scaled
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region, ScreenRules


class Desk:
    def __init__(self, window: GameWindow | None, cover: GameWindow | None = None) -> None:
        self.window, self.cover = window, cover

    def find(self, title):
        return self.window

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


def test_overlaps():
    assert overlaps(Region(0, 0, 10, 10), Region(9, 9, 5, 5))
    assert not overlaps(Region(0, 0, 10, 10), Region(10, 0, 5, 5))
