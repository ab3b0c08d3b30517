"""The screen reader on a real X server: it follows the game's window and says in words why it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.screen_game import Game
from tests.e2e.screen_window import SIZE, TEXT, TITLE

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.screen.build import screen_source
from combatlens.adapters.screen.source import ScreenSource
from combatlens.adapters.screen.window_match import best_window
from combatlens.adapters.screen.windows import GameWindow
from combatlens.adapters.screen.windows_x11 import X11Windows
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence, XpReading
from combatlens.domain.profile import GameProfile, Region, ScreenRules
from combatlens.simulation.display import VirtualDesktop, wait_for, wait_to_find

pytestmark = pytest.mark.e2e


class Recording:
    """A running source over the display, and what it told."""

    def __init__(self, home: Path, title: str = TITLE, kind: str = "") -> None:
        rules = ScreenRules(
            enabled=True, window_title=title, window_class=kind, region=Region(*TEXT), reference_size=SIZE
        )
        source = screen_source(GameProfile(name="isles", screen=rules), home, SystemClock())
        self.source: ScreenSource = source
        self.values: list[float | None] = []
        source.start(self._take)

    def _take(self, batch: Sequence[Occurrence]) -> Future[Any]:
        self.values += [item.event.value for item in batch if isinstance(item.event, XpReading)]
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    def wait_for(self, value: float) -> None:
        self._until(lambda: self.values[-1:] == [value], f"{value:g}")

    def wait_for_words(self, words: str) -> None:
        self._until(lambda: words in self.source.health().message, words)

    def _until(self, true: Callable[[], bool], what: str) -> None:
        try:
            wait_for(true, what, patience_s=60)
        except EnvironmentFault:
            seen = [
                f"{one.verdict.state}: {one.verdict.reason}: {one.verdict.reading.text!r}"
                for one in self.source.recent()
            ]
            pytest.fail(
                f"waited in vain for {what}; health: {self.source.health()}; values: {self.values}; seen: {seen}"
            )


@pytest.fixture
def recording(
    desktop: VirtualDesktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isles: Callable[[], Game]
) -> Iterator[tuple[Recording, Game]]:
    monkeypatch.setenv("DISPLAY", desktop.display)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    game = isles()
    made = Recording(tmp_path)
    try:
        yield made, game
    finally:
        made.source.stop()


def test_moved_resized_covered_closed_and_reopened(
    recording: tuple[Recording, Game], isles: Callable[[], Game]
) -> None:
    made, game = recording
    made.wait_for(12_345)

    game.do("place", 420, 300, *SIZE)
    game.do("show", "12,400 / 60,000")
    made.wait_for(12_400)

    game.do("place", 200, 100, SIZE[0] * 3 // 2, SIZE[1] * 3 // 2)
    game.do("show", "12,480 / 60,000")
    made.wait_for(12_480)

    game.do("cover_it")
    made.wait_for_words("covered by 'Chat'")
    game.do("uncover")
    game.do("show", "12,550 / 60,000")
    made.wait_for(12_550)

    game.close()
    made.wait_for_words("game window not found")
    assert made.source.health().remedy
    again = isles()
    again.do("show", "12,600 / 60,000")
    made.wait_for(12_600)
    assert made.values == [12_345, 12_400, 12_480, 12_550, 12_600]


def test_a_window_that_changes_its_title_is_followed_and_found_again(
    desktop: VirtualDesktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isles: Callable[[], Game]
) -> None:
    """Chosen as "… - 60 FPS"; it counts on, names a zone, closes, and comes back with yet another title."""
    monkeypatch.setenv("DISPLAY", desktop.display)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    game = isles()
    game.do("call_it", f"{TITLE} - 60 FPS")
    system = X11Windows(desktop.display)
    try:
        kind = wait_to_find(
            lambda: next((one.kind for one in system.windows() if "60 FPS" in one.title), None), "the window"
        )
    finally:
        system.close()
    game.do("call_it", f"{TITLE} - 58 FPS")
    made = Recording(tmp_path, f"{TITLE} - 60 FPS", kind)
    try:
        made.wait_for(12_345)
        game.do("call_it", "Loading")
        game.do("show", "12,400 / 60,000")
        made.wait_for(12_400)
        game.close()
        made.wait_for_words("game window not found")
        again = isles()
        again.do("call_it", f"{TITLE} - Harbour")
        again.do("show", "12,480 / 60,000")
        made.wait_for(12_480)
    finally:
        made.source.stop()


def test_the_window_system_names_the_client_area_and_what_covers_it(
    desktop: VirtualDesktop, isles: Callable[[], Game]
) -> None:
    game = isles()
    system = X11Windows(desktop.display)
    try:

        def placed() -> GameWindow | None:
            """Whatever the case of its title's letters; the window manager takes a moment to give it its size."""
            windows = system.windows()
            found = best_window(windows, TITLE.upper())
            assert found == best_window(windows, TITLE)
            return found if found is not None and (found.width, found.height) == SIZE else None

        window = wait_to_find(placed, "the window")
        assert "isles" in window.kind
        assert (window.width, window.height, window.minimised) == (*SIZE, False)
        place = Region(window.x + TEXT[0], window.y + TEXT[1], TEXT[2], TEXT[3])
        assert system.above(window, place) is None
        game.do("cover_it")
        above = wait_to_find(lambda: system.above(window, place), "the cover")
        assert above.title == "Chat"
    finally:
        system.close()
