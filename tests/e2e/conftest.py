"""One virtual desktop for all end-to-end tests: X server, window manager, compositor and tray host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.screen_game import Game

from combatlens.simulation.demo import GAME_WINDOW, SCREEN
from combatlens.simulation.display import VirtualDesktop, missing_programs
from combatlens.simulation.stage import Stage
from combatlens.simulation.troupe import Troupe


@pytest.fixture(scope="session")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDesktop]:
    if missing := missing_programs():
        pytest.skip(f"no virtual desktop here: {', '.join(missing)} not installed")
    with VirtualDesktop(SCREEN, folder=tmp_path_factory.mktemp("desktop")) as desktop:
        yield desktop


@pytest.fixture
def troupe(desktop: VirtualDesktop, tmp_path: Path) -> Iterator[Troupe]:
    """Game, bot and application of one test; all of them end with it."""
    with Troupe(tmp_path / "troupe", tmp_path / "home", desktop.env) as troupe:
        yield troupe


@pytest.fixture
def isles(desktop: VirtualDesktop) -> Iterator[Callable[[], Game]]:
    """Starts the small game; each of them ends with the test."""
    running: list[Game] = []

    def start() -> Game:
        running.append(Game(desktop))
        return running[-1]

    yield start
    for game in running:
        if game.process.poll() is None:
            game.close()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(
        seed=1, minutes=0.6, speed=2.0, log_path=str(tmp_path / "chatlog.txt"), home=str(tmp_path / "home"),
        window=GAME_WINDOW,
    )  # fmt: skip
