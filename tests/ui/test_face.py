"""What the overlay and the tray say, without Qt."""

import pytest
from tests.ui import fakes

from combatlens.domain.snapshot import Health, LiveStatus, Snapshot, State
from combatlens.ui.face import face, mood, problems, tray_mood


def status(**changes: object) -> LiveStatus:
    return fakes.FakeLive(fakes.snapshot(**changes)).status()


def test_a_running_session_in_full() -> None:
    shown = face(status(), 3)
    assert shown.mood.shape == "recording"
    assert shown.clock == "42:18"
    assert (shown.rate, shown.window) == ("12.3k", "13.1k")
    assert dict(shown.tiles) == {
        "XP gained": "8,640", "To level 24": "35:02", "DPS": "312", "Kills": "124", "Deaths": "2", "K/D": "62.0",
    }  # fmt: skip
    assert [(bar.name, bar.percent) for bar in shown.skills] == [
        ("Headshot", 43), ("Burst fire", 24), ("Rifle shot", 16),
    ]  # fmt: skip
    assert shown.alert == ""


def test_what_is_not_known_is_not_yet_and_never_nan() -> None:
    shown = face(fakes.FakeLive(fakes.IDLE).status(), 5)
    assert shown.rate == shown.window == "not yet"
    assert dict(shown.tiles)["To next level"] == "not yet"
    assert shown.clock == ""
    broken = face(status(dps=float("nan"), xp_per_hour=float("inf"), kd_ratio=None), 5)
    assert broken.rate == "not yet"
    assert dict(broken.tiles)["K/D"] == "not yet"


@pytest.mark.parametrize(
    ("state", "shape"),
    [("no_active_session", "idle"), ("active", "recording"), ("paused", "paused"), ("completed", "completed"),
     ("error", "problem")],
)  # fmt: skip
def test_each_state_has_its_own_shape(state: State, shape: str) -> None:
    assert mood(Snapshot(character="p", state=state)).shape == shape


def test_pauses_say_why() -> None:
    assert face(status(state="paused", pause_reasons=("window_gone",)), 5).mood.word == "Paused: no game window"
    assert face(status(state="paused", pause_reasons=("user",)), 5).mood.word == "Paused"


def test_the_worst_problem_is_the_one_line_and_outweighs_the_tray() -> None:
    live = fakes.FakeLive(health=fakes.BROKEN)
    shown = face(live.status(), 5)
    assert shown.alert == "Screen reader: sees no number where the XP should be (+1 more)"
    assert shown.alert_tone == "bad"
    assert tray_mood(live.status()).shape == "problem"
    warned = fakes.FakeLive(health=(Health("log", "warning", "silent"), *fakes.HEALTHY))
    assert tray_mood(warned.status()).shape == "recording"
    assert [line.name for line in problems(warned.health)] == ["log"]
