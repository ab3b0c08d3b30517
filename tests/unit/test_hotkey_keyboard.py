"""The backend over the `keyboard` package, with the package played by a stand-in that has no device to listen to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.hotkeys.keyboard_backend import KeyboardHotkeys


class FakeKeyboard:
    """`press` and `release` call what was hooked; `page up` stands for a key that the keyboard does not have."""

    def __init__(self) -> None:
        self.down: dict[str, Callable[[], None]] = {}
        self.up: dict[str, list[Callable[[object], None]]] = {}
        self._listener = SimpleNamespace(start_if_necessary=lambda: None)

    def add_hotkey(self, text: str, callback: Callable[[], None]) -> Callable[[], None]:
        if "page up" in text:
            raise ValueError("Key 'page up' is not mapped to any known key.")
        self.down[text] = callback
        return lambda: self.down.pop(text, None)

    def on_release_key(self, key: str, callback: Callable[[object], None]) -> Callable[[], None]:
        self.up.setdefault(key, []).append(callback)
        return lambda: self.up[key].remove(callback)

    def release(self, key: str) -> None:
        for callback in self.up[key]:
            callback(None)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> FakeKeyboard:
    package = FakeKeyboard()
    monkeypatch.setitem(sys.modules, "keyboard", package)
    return package


def test_a_press_counts_once_however_long_it_is_held(package: FakeKeyboard) -> None:
    hotkeys = KeyboardHotkeys(SystemClock(), platform="win32")
    heard: list[str] = []
    assert hotkeys.bind({"kill": "ctrl+alt+k", "mark": "super+f9"}, lambda intent, _at: heard.append(intent)) == ()
    for _ in range(5):
        package.down["ctrl+alt+k"]()
    package.release("k")
    package.down["ctrl+alt+k"]()
    package.down["windows+f9"]()
    assert heard == ["kill", "kill", "mark"]


def test_binding_again_and_stop_let_go_of_all_hooks(package: FakeKeyboard) -> None:
    hotkeys = KeyboardHotkeys(SystemClock(), platform="win32")
    hotkeys.bind({"kill": "ctrl+alt+k"}, lambda _intent, _at: None)
    hotkeys.bind({"death": "ctrl+alt+d"}, lambda _intent, _at: None)
    assert list(package.down) == ["ctrl+alt+d"]
    hotkeys.stop()
    assert package.down == {}
    assert not any(package.up.values())


def test_a_key_that_is_not_there_is_said_and_the_rest_works(package: FakeKeyboard) -> None:
    hotkeys = KeyboardHotkeys(SystemClock(), platform="win32")
    problems = hotkeys.bind({"kill": "ctrl+pageup", "death": "ctrl+alt+d"}, lambda _intent, _at: None)
    assert [(p.intent, p.key) for p in problems] == [("kill", "ctrl+pageup")]
    assert "no such key" in problems[0].what
    assert "combatlens ctl kill" in problems[0].remedy
    assert list(package.down) == ["ctrl+alt+d"]


@pytest.mark.parametrize(
    ("platform", "word"), [("linux", "X11"), ("darwin", "Input Monitoring"), ("win32", "cannot be heard")]
)
def test_where_it_cannot_listen_it_says_why_for_each_key(package: FakeKeyboard, platform: str, word: str) -> None:
    def refuse() -> None:
        raise OSError("access denied")

    package._listener.start_if_necessary = refuse
    hotkeys = KeyboardHotkeys(SystemClock(), platform=platform, because="no X server answers")
    problems = hotkeys.bind({"kill": "ctrl+alt+k", "mark": "f9"}, lambda _intent, _at: None)
    assert [p.intent for p in problems] == ["kill", "mark"]
    assert all(word in p.what and "no X server answers" in p.what and "combatlens ctl" in p.remedy for p in problems)
