"""The set-up assistant as a new user drives it, by mouse and by keyboard alone; the recording follows its choice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from tests.e2e.new_user import NewUser
from tests.e2e.screen_game import Game
from tests.e2e.screen_window import SIZE, TEXT
from tests.e2e.screen_window import TITLE as ISLES

from combatlens.adapters.clock import SystemClock
from combatlens.domain.profile import ScreenRules
from combatlens.simulation.display import VirtualDesktop, wait_for
from combatlens.simulation.stage import TITLE, Stage
from combatlens.simulation.troupe import Troupe

pytestmark = pytest.mark.e2e

UNCHOSEN = 'name = "demo"\ncharacter = "Arden"\n[screen]\n'
UNDER_A_MINUTE = 60.0


@pytest.fixture
def new_user(desktop: VirtualDesktop, troupe: Troupe) -> Callable[[], NewUser]:
    """CombatLens runs with a profile that names no place."""

    return lambda: started(desktop, troupe)


def started(desktop: VirtualDesktop, troupe: Troupe) -> NewUser:
    troupe.home.prepare()
    (troupe.home.profiles / "demo.toml").write_text(UNCHOSEN, encoding="utf-8")
    made = NewUser(desktop, troupe, troupe.start_application())
    made.wait_for_words("no region chosen")
    made.remote.post("/v1/sessions", {})
    return made


def holds(chosen: ScreenRules, corner: tuple[int, int], number: tuple[int, int, int, int]) -> bool:
    """Whether the chosen place lies about the number's, both on the screen."""
    region = chosen.region
    assert region is not None
    x, y = corner[0] + region.x, corner[1] + region.y
    middle = (number[0] + number[2] // 2, number[1] + number[3] // 2)
    return x < middle[0] < x + region.width and y < middle[1] < y + region.height and region.height < 3 * number[3]


def test_by_mouse_from_the_tray_the_number_is_clicked_and_recorded_at_once(
    new_user: Callable[[], NewUser], troupe: Troupe, stage: Stage
) -> None:
    troupe.start_game(stage)
    user = new_user()
    user.open_from_the_tray()
    user.click(*user.number().middle)
    user.wait_until_read()
    user.use()
    chosen = user.wait_until_chosen()
    print(f"chosen by {user.clicks} clicks and {user.keys} keys in {user.took:.0f} s")
    assert user.took < UNDER_A_MINUTE
    assert (user.clicks, user.keys) == (3, 1)
    x, y, width, height = user.hand.wait_for_window("--name", TITLE)
    assert (chosen.window_title, chosen.reference_size) == (TITLE, (width, height))
    number = json.loads((troupe.folder / "stage.window.json").read_text())["text"]
    assert holds(chosen, (x, y), number)

    user.wait_for_xp(stage.rules.xp)
    playing = troupe.begin(SystemClock().now() + 0.5, bot=False)
    gains = [seen.fact.value for seen in playing.sightings() if hasattr(seen.fact, "needed")]
    wait_for(lambda: user.remote.get("/v1/status")["xp_value"] in gains[2:], "what the game shows now", 40.0)


def test_dragged_on_a_new_picture_in_which_the_assistant_itself_is_not(
    new_user: Callable[[], NewUser], troupe: Troupe, stage: Stage
) -> None:
    troupe.start_game(stage)
    user = new_user()
    user.ask_for_assistant()
    before, frozen = user.number(), user.look()[1]
    user.press("alt+n")

    def anew() -> bool:
        """The game's sparks have moved, and it is seen whole: nothing lay over it when the picture was taken."""
        return not np.array_equal(user.look()[1], frozen) and user.number() == before

    wait_for(anew, "a new picture of the game alone", 60.0)
    box = before
    user.drag(box)
    user.wait_until_read()
    user.use()
    chosen = user.wait_until_chosen()
    assert user.took < UNDER_A_MINUTE
    number = json.loads((troupe.folder / "stage.window.json").read_text())["text"]
    region = chosen.region
    assert region is not None
    x, y, _, _ = user.hand.wait_for_window("--name", TITLE)
    there = (x + region.x, y + region.y, region.width, region.height)
    assert max(abs(one - other) for one, other in zip(there, number, strict=True)) <= 6, (there, number)
    user.wait_for_xp(stage.rules.xp)


def test_by_keyboard_alone_and_the_game_moved_resized_covered_closed_and_reopened(
    new_user: Callable[[], NewUser], isles: Callable[[], Game], desktop: VirtualDesktop
) -> None:
    game = isles()
    user = new_user()
    user.ask_for_assistant()
    user.press("alt+f")
    user.wait_until_read()
    user.press("Left", "Right", "shift+Right", "Return")
    chosen = user.wait_until_chosen()
    print(f"chosen by {user.keys} keys in {user.took:.0f} s")
    assert user.took < UNDER_A_MINUTE
    assert user.clicks == 0
    assert chosen.window_title.startswith(ISLES)
    assert holds(chosen, (0, 0), TEXT)
    user.wait_for_xp(12_345)

    game.do("place", 420, 300, *SIZE)
    game.do("show", "12,400 / 60,000")
    user.wait_for_xp(12_400)
    game.do("place", 200, 100, SIZE[0] * 3 // 2, SIZE[1] * 3 // 2)
    game.do("show", "12,480 / 60,000")
    user.wait_for_xp(12_480)
    game.do("cover_it")
    user.wait_for_words("covered by 'Chat'")
    game.do("uncover")
    game.close()
    user.wait_for_words("game window not found")
    again = isles()
    again.do("show", "12,600 / 60,000")
    user.wait_for_xp(12_600)


def test_escape_leaves_all_as_it_was(new_user: Callable[[], NewUser], isles: Callable[[], Game]) -> None:
    isles()
    user = new_user()
    user.ask_for_assistant()
    user.press("Down", "Escape")
    wait_for(lambda: user.assistant() is None, "the assistant's end")
    assert user.chosen().region is None
    user.ask_for_assistant()
    assert user.health()["message"] == "no region chosen"
    assert user.chosen().region is None


@pytest.mark.parametrize("scale", ["1.25", "1.5"])
def test_at_125_and_150_percent_the_place_is_where_the_number_is(
    desktop: VirtualDesktop, tmp_path: Path, stage: Stage, scale: str
) -> None:
    small = replace(stage, window=(10, 10, 760, 420))
    with Troupe(tmp_path / "troupe", tmp_path / "home", {**desktop.env, "QT_SCALE_FACTOR": scale}) as troupe:
        troupe.start_game(small)
        user = started(desktop, troupe)
        user.ask_for_assistant()
        chosen = user.use_what_is_found()
        x, y, width, height = user.hand.wait_for_window("--name", TITLE)
        assert chosen.reference_size == (width, height)
        assert width == round(760 * float(scale))
        number = json.loads((troupe.folder / "stage.window.json").read_text())["text"]
        assert holds(chosen, (x, y), number)
        user.wait_for_xp(stage.rules.xp)


def test_on_the_second_monitor_of_another_scale(
    desktop: VirtualDesktop, tmp_path: Path, isles: Callable[[], Game]
) -> None:
    def xrandr(*words: str) -> None:
        subprocess.run(["xrandr", *words], env=desktop.env, check=True, timeout=20)

    xrandr("--setmonitor", "*L", "640/300x800/300+0+0", "screen")
    xrandr("--setmonitor", "R", "640/300x800/300+640+0", "none")
    try:
        env = {**desktop.env, "QT_SCREEN_SCALE_FACTORS": "L=1;R=1.5"}
        with Troupe(tmp_path / "troupe", tmp_path / "home", env) as troupe:
            game = isles()
            game.do("place", 760, 420, *SIZE)
            user = started(desktop, troupe)
            user.ask_for_assistant()
            chosen = user.use_what_is_found()
            assert holds(chosen, (0, 0), TEXT)
            user.wait_for_xp(12_345)
            game.do("place", 60, 500, *SIZE)  # below the overlay, which grows with what it has to show
            game.do("show", "12,400 / 60,000")
            user.wait_for_xp(12_400)
    finally:
        xrandr("--delmonitor", "R")
        xrandr("--delmonitor", "L")
