"""One suite over every hotkey backend, with real key presses on a real X server."""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from Xlib import XK, display

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.hotkeys import choose_hotkeys
from combatlens.adapters.hotkeys.keyboard_backend import KeyboardHotkeys
from combatlens.ports import Hotkeys
from combatlens.simulation.display import VirtualDesktop, missing_programs

Press = Callable[..., None]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDesktop]:
    if missing := missing_programs():
        pytest.skip(f"no virtual desktop here: {', '.join(missing)} not installed")
    with VirtualDesktop((640, 480), folder=tmp_path_factory.mktemp("desktop")) as desktop:
        yield desktop


@pytest.fixture
def press(desktop: VirtualDesktop) -> Press:
    def press(*words: str) -> None:
        subprocess.run(["xdotool", *words], env=desktop.env, check=True, timeout=10)

    return press


@pytest.fixture(params=["x11", "keyboard"])
def hotkeys(request: pytest.FixtureRequest, desktop: VirtualDesktop) -> Iterator[Hotkeys]:
    clock = SystemClock()
    if request.param == "x11":
        backend = choose_hotkeys(clock, platform="linux", environ=desktop.env)
    else:
        backend = KeyboardHotkeys(clock)
        problems = backend.bind({"mark": "ctrl+alt+m"}, lambda _intent, _at: None)
        if problems:
            pytest.skip(f"the keyboard package cannot listen here: {problems[0].what}")
        if shutil.which("xdotool"):
            pytest.skip("xdotool presses keys in the X server alone; the keyboard package hears the device")
    assert backend.name == request.param
    yield backend
    backend.stop()


class Keyboard:
    """The server's table of keys: which signs each gives."""

    def __init__(self, name: str) -> None:
        self._display = display.Display(name)

    def __call__(self, sign: str) -> tuple[int, list[int]]:
        code = self._display.keysym_to_keycode(XK.string_to_keysym(sign))
        return code, list(self._display.get_keyboard_mapping(code, 1)[0])

    def put(self, code: int, signs: list[int]) -> None:
        self._display.change_keyboard_mapping(code, [tuple(signs)])
        self._display.sync()

    def close(self) -> None:
        self._display.close()


@pytest.fixture
def keyboard(desktop: VirtualDesktop) -> Iterator[Keyboard]:
    keyboard = Keyboard(desktop.display)
    yield keyboard
    keyboard.close()


class Heard:
    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()

    def __call__(self, intent: str, at: float) -> None:
        self.queue.put((intent, at))

    def next(self) -> str:
        return self.queue.get(timeout=10)[0]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_press_is_heard_with_its_time(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    before = SystemClock().now()
    assert hotkeys.bind({"kill": "ctrl+alt+k", "death": "f9"}, heard) == ()
    press("key", "ctrl+alt+k")
    intent, at = heard.queue.get(timeout=10)
    assert intent == "kill"
    assert before - 1 <= at <= SystemClock().now() + 1
    press("key", "F9")
    assert heard.next() == "death"


def test_locks_do_not_hide_a_key(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    assert hotkeys.bind({"kill": "ctrl+alt+k"}, heard) == ()
    for lock in ("Num_Lock", "Caps_Lock", "Num_Lock", "Caps_Lock"):
        press("key", lock)
        press("key", "ctrl+alt+k")
        assert heard.next() == "kill"


def test_other_modifiers_are_another_key(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    assert hotkeys.bind({"kill": "ctrl+alt+k", "mark": "ctrl+alt+shift+k"}, heard) == ()
    press("key", "ctrl+alt+shift+k")
    press("key", "ctrl+k")
    press("key", "ctrl+alt+k")
    assert [heard.next(), heard.next()] == ["mark", "kill"]


def test_a_held_key_counts_once(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    assert hotkeys.bind({"kill": "f8", "mark": "f9"}, heard) == ()
    press("keydown", "F8", "sleep", "1.2", "keyup", "F8", "key", "F9")
    assert [heard.next(), heard.next()] == ["kill", "mark"]


def test_binding_again_replaces_all(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    hotkeys.bind({"kill": "ctrl+alt+k"}, heard)
    assert hotkeys.bind({"death": "ctrl+alt+d", "mark": ""}, heard) == ()
    press("key", "ctrl+alt+k", "key", "ctrl+alt+d")
    assert heard.next() == "death"
    assert heard.queue.empty()


def test_no_press_falls_between_two_grabs(hotkeys: Hotkeys, press: Press, heard: Heard, keyboard: Keyboard) -> None:
    """A server tells of a new mapping whenever another keyboard is used, though each key stays where it was."""
    assert hotkeys.bind({"kill": "f8"}, heard) == ()
    code, signs = keyboard("F8")
    pressed = threading.Event()

    def tell() -> None:
        while not pressed.is_set():
            keyboard.put(code, signs)

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(tell)
        try:
            for _ in range(20):
                press("key", "F8", "key", "F8", "key", "F8")
        finally:
            pressed.set()
        told.result()
    assert [heard.next() for _ in range(60)] == ["kill"] * 60


def test_a_key_is_followed_to_its_place_on_another_layout(
    hotkeys: Hotkeys, press: Press, heard: Heard, keyboard: Keyboard
) -> None:
    assert hotkeys.bind({"kill": "f8", "death": "f9"}, heard) == ()
    (one, f8), (other, f9) = keyboard("F8"), keyboard("F9")
    keyboard.put(one, f9)
    keyboard.put(other, f8)
    try:
        press("key", "--delay", "200", "F7", "key", "F8", "key", "F9")
        assert [heard.next(), heard.next()] == ["kill", "death"]
    finally:
        keyboard.put(one, f8)
        keyboard.put(other, f9)


def test_what_cannot_be_bound_is_said_and_the_rest_works(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    problems = hotkeys.bind({"kill": "k", "death": "ctrl+alt+d", "mark": "alt+ctrl+d"}, heard)
    assert [(p.intent, p.key) for p in problems] == [("kill", "k"), ("mark", "alt+ctrl+d")]
    assert "typing" in problems[0].what
    assert "already the key for 'death'" in problems[1].what
    press("key", "ctrl+alt+d")
    assert heard.next() == "death"


def test_nothing_is_heard_after_stop(hotkeys: Hotkeys, press: Press, heard: Heard) -> None:
    hotkeys.bind({"kill": "ctrl+alt+k"}, heard)
    hotkeys.stop()
    press("key", "ctrl+alt+k")
    hotkeys.stop()
    assert heard.queue.empty()


def test_a_key_of_another_program_is_called_taken(desktop: VirtualDesktop, press: Press, heard: Heard) -> None:
    clock = SystemClock()
    first = choose_hotkeys(clock, platform="linux", environ=desktop.env)
    second = choose_hotkeys(clock, platform="linux", environ=desktop.env)
    try:
        assert first.bind({"pause": "ctrl+alt+p"}, heard) == ()
        (problem,) = second.bind({"pause": "ctrl+alt+p", "mark": "ctrl+alt+m"}, heard)
        assert problem.intent == "pause"
        assert problem.what == "another program holds this key"
        assert "combatlens ctl pause" in problem.remedy
        first.stop()
        assert second.bind({"pause": "ctrl+alt+p"}, heard) == ()
        press("key", "ctrl+alt+p")
        assert heard.next() == "pause"
    finally:
        first.stop()
        second.stop()
