"""Key combinations in words, and the choice of a backend."""

from __future__ import annotations

import pytest

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.hotkeys import choose_hotkeys
from combatlens.adapters.hotkeys.keyboard_backend import KeyboardHotkeys
from combatlens.adapters.hotkeys.keys import parse_combo, plan
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import DEFAULT_HOTKEYS


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("ctrl+alt+k", "ctrl+alt+k"),
        ("Alt + Control + K", "ctrl+alt+k"),
        ("shift+win+PgUp", "shift+super+pageup"),
        ("F9", "f9"),
        ("ctrl+.", "ctrl+period"),
        ("pause", "pause"),
    ],
)
def test_combinations_have_one_spelling(text: str, canonical: str) -> None:
    assert str(parse_combo(text)) == canonical


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ctrl+alt", "only modifiers"),
        ("ctrl++k", "empty part"),
        ("hyper+k", "'hyper' is no modifier"),
        ("ctrl+ctrl+k", "twice"),
        ("ctrl+nokey", "no key is called 'nokey'"),
        ("k", "taken away from typing"),
        ("shift+k", "taken away from typing"),
    ],
)
def test_what_is_wrong_is_said(text: str, complaint: str) -> None:
    with pytest.raises(EnvironmentFault) as fault:
        parse_combo(text)
    assert complaint in fault.value.what
    assert fault.value.remedy


def test_the_default_keys_are_sound_and_distinct() -> None:
    combos, problems = plan(DEFAULT_HOTKEYS)
    assert set(combos) == set(DEFAULT_HOTKEYS)
    assert problems == ()


def test_two_intents_cannot_share_a_key() -> None:
    combos, problems = plan({"kill": "ctrl+alt+k", "death": "Alt+Ctrl+K"})
    assert list(combos) == ["kill"]
    assert problems[0].intent == "death"
    assert "'kill'" in problems[0].what


def test_without_an_x_server_every_key_is_refused_in_words_with_a_way_out() -> None:
    hotkeys = choose_hotkeys(SystemClock(), platform="linux", environ={"DISPLAY": ":4711"})
    assert isinstance(hotkeys, KeyboardHotkeys)
    problems = hotkeys.bind({"pause": "ctrl+alt+p", "mark": ""}, lambda _intent, _at: None)
    hotkeys.stop()
    if problems:  # a machine with a keyboard and root can listen all the same
        assert [p.intent for p in problems] == ["pause"]
        assert "X11" in problems[0].what
        assert "combatlens ctl pause" in problems[0].remedy


def test_windows_uses_the_keyboard_package() -> None:
    assert choose_hotkeys(SystemClock(), platform="win32", environ={}).name == "keyboard"
