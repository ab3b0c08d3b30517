"""What game, bot and demo agree on, and what is said when a virtual desktop cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from combatlens.domain.errors import EnvironmentFault
from combatlens.simulation.bot import events_of
from combatlens.simulation.demo import presses_of
from combatlens.simulation.display import VirtualDesktop, desktop_env, wait_for
from combatlens.simulation.stage import Stage, load_stage


@pytest.fixture
def stage() -> Stage:
    return Stage(seed=1, minutes=1.0, speed=2.0, log_path="chat.txt", home="home", starts_at=1_790_000_000.0)


def test_game_and_bot_are_handed_the_same_world(stage: Stage, tmp_path: Path) -> None:
    stage.save(tmp_path / "stage.json")
    loaded = load_stage(tmp_path / "stage.json")
    assert loaded == stage
    assert loaded.sightings() == stage.sightings()
    assert [path.name for path in tmp_path.iterdir()] == ["stage.json"]


def test_real_time_runs_slower_than_the_world(stage: Stage) -> None:
    assert stage.wall(10.0) == stage.starts_at + 5.0
    last = stage.sightings()[-1].fact
    assert stage.ends_at - 20 < stage.wall(last.at) < stage.ends_at


def test_the_bot_tells_its_share_with_ids_that_do_not_change(stage: Stage) -> None:
    told = events_of(stage)
    assert told == events_of(stage)
    assert len({event["id"] for _, event in told}) == len(told)
    assert len(told) == sum(seen.bot for seen in stage.sightings())
    assert {event["type"] for _, event in told} == {"context", "action", "skill", "kill", "death"}


def test_the_lonely_death_is_far_from_those_of_the_game(stage: Stage) -> None:
    presses = presses_of(stage)
    assert [press.intent for press in presses if press.counts == "deaths"] == ["death"]
    assert {press.intent for press in presses} == {"mark", "kill", "death"}
    assert all(stage.starts_at < press.at < stage.ends_at + 1 for press in presses)
    assert presses == sorted(presses, key=lambda press: press.at)


def test_a_hopelessly_short_demo_presses_no_death(stage: Stage) -> None:
    assert all(not press.counts for press in presses_of(replace(stage, minutes=0.04)))


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault) as fault:
        VirtualDesktop(folder=tmp_path / "desktop").__enter__()
    assert "Xvfb" in fault.value.what
    assert "apt-get install openbox picom trayer x11-utils xdotool xvfb" in fault.value.remedy


def test_the_virtual_desktop_has_nothing_of_another(tmp_path: Path) -> None:
    env = desktop_env({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "offscreen", "HOME": "/h"}, ":7")
    assert env == {"HOME": "/h", "DISPLAY": ":7"}


def test_patience_ends_in_words() -> None:
    with pytest.raises(EnvironmentFault, match="the thing did not come within"):
        wait_for(lambda: False, "the thing", patience_s=0.01, pause_s=0.001)
