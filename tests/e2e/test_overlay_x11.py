"""The overlay on a real X server with a window manager: clicks, focus, order, monitors, tray."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.e2e.x11_desktop import X11Desktop, require_programs, wait_for
from tests.repository import ROOT

pytestmark = pytest.mark.e2e


class Program:
    """A running overlay_player; `ask` sends a command and gives the answer."""

    def __init__(self, desktop: X11Desktop, *arguments: str, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.overlay_player", *arguments],
            env={**desktop.env, "PYTHONPATH": f"{ROOT / 'app'}:{ROOT}", **(env or {})},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._answer() == "ready"

    def ask(self, *command: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def look(self) -> Any:
        return self.ask("look")

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program ended"
        return json.loads(line)

    def stop(self) -> int:
        try:
            self._process.communicate('["quit"]\n', timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        return self._process.returncode


Start = Callable[..., Program]


@pytest.fixture(scope="module")
def desktop() -> Iterator[X11Desktop]:
    require_programs()
    with X11Desktop() as made:
        yield made


@pytest.fixture
def start(desktop: X11Desktop) -> Iterator[Start]:
    running: list[Program] = []

    def one(role: str, env: dict[str, str] | None = None, control_window: bool = False, **overlay: Any) -> Program:
        arguments = (role, json.dumps({"chart": False, **overlay})) if role == "overlay" else (role,)
        running.append(Program(desktop, *arguments, env=env))
        if role == "overlay" and not control_window:
            wait_for("the control window", lambda: running[-1].ask("put_away"))
        return running[-1]

    yield one
    for program in reversed(running):
        assert program.stop() == 0


def middle(overlay: Any) -> tuple[int, int]:
    x, y, width, height = overlay["place"]
    return x + width // 2, y + height // 2


def click(desktop: X11Desktop, x: int, y: int) -> None:
    desktop.run("xdotool", "mousemove", str(x), str(y), "click", "1")


def behind_with_focus(desktop: X11Desktop, start: Start) -> Program:
    behind = start("behind")
    wait_for("the window behind has the focus", lambda: behind.look()["active"])
    return behind


def test_locked_clicks_go_through_and_unlocked_they_do_not(desktop: X11Desktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200)
    wait_for("the overlay is seen", lambda: overlay.look()["visible"])
    x, y = middle(overlay.look())
    click(desktop, x, y)
    wait_for("the click reaches the window behind", lambda: behind.look()["clicks"] == [[x, y]])

    overlay.ask("intent", "lock")
    x, y = middle(overlay.look())
    click(desktop, x, y)
    assert overlay.ask("intent", "lock")["locked"]  # a full turn of both programs: the click has been handled
    click(desktop, x, y)
    wait_for("after locking again, clicks go through again", lambda: len(behind.look()["clicks"]) == 2)


def test_mapped_while_locked_it_swallows_no_clicks(desktop: X11Desktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200)
    for turn in range(1, 4):
        overlay.ask("intent", "overlay")
        wait_for("it is hidden", lambda: not overlay.look()["visible"])
        overlay.ask("intent", "overlay")
        wait_for("it is on the screen", lambda: _mapped(desktop, overlay.look()["window"]))
        click(desktop, *middle(overlay.look()))
        wait_for("the click goes through", lambda turn=turn: len(behind.look()["clicks"]) == turn)


def _mapped(desktop: X11Desktop, window: int) -> bool:
    return "IsViewable" in desktop.run("xwininfo", "-id", str(window))


def test_it_never_takes_the_focus(desktop: X11Desktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", control_window=True, x=300, y=200, locked=False)
    wait_for("the control window", lambda: overlay.look()["control_window"])
    assert behind.look()["active"], "the control window takes no focus when it appears by itself"
    overlay.ask("put_away")
    overlay.ask("come_forward")
    click(desktop, *middle(overlay.look()))
    overlay.ask("intent", "overlay")
    overlay.ask("intent", "overlay")
    desktop.run("xdotool", "type", "--delay", "20", "combat")
    wait_for("typed keys reach the window behind", lambda: behind.look()["keys"] == "combat")
    assert not overlay.look()["active"]


def test_it_stays_above_a_fullscreen_window(desktop: X11Desktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200, locked=False)
    behind.ask("fullscreen")
    wait_for("the window behind fills the screen", lambda: behind.look()["fullscreen"] and behind.look()["active"])
    stack = desktop.run("xwininfo", "-root", "-children")
    assert f"0x{overlay.look()['window']:x} " in stack
    click(desktop, *middle(overlay.look()))
    overlay.look()
    assert behind.look()["clicks"] == []


@pytest.mark.parametrize("scale", ["1", "1.5", "2"])
def test_unlocked_it_moves_with_a_drag_and_keeps_its_place(desktop: X11Desktop, start: Start, scale: str) -> None:
    overlay = start("overlay", env={"QT_SCALE_FACTOR": scale}, x=100, y=60, locked=False)
    ratio = float(scale)
    x, y, width, height = overlay.look()["place"]
    grip = (round((x + width / 2) * ratio), round((y + height / 2) * ratio))
    there = (grip[0] + round(120 * ratio), grip[1] + round(40 * ratio))
    desktop.run("xdotool", "mousemove", *map(str, grip), "mousedown", "1")
    desktop.run("xdotool", "mousemove", str(grip[0] + 20), str(grip[1]), "mousemove", *map(str, there))
    wait_for("it follows the pointer", lambda: overlay.look()["place"][:2] == [x + 120, y + 40])
    desktop.run("xdotool", "mouseup", "1")
    wait_for("its place is kept", lambda: (overlay.look()["kept"]["x"], overlay.look()["kept"]["y"]) == (220, 100))
    edge = overlay.look()["place"]
    corner = (round((edge[0] + width - 3) * ratio), round((edge[1] + height - 3) * ratio))
    desktop.run("xdotool", "mousemove", *map(str, corner), "mousedown", "1")
    desktop.run("xdotool", "mousemove", str(corner[0] + 10), str(corner[1]))
    desktop.run("xdotool", "mousemove", str(corner[0] + round(50 * ratio)), str(corner[1]), "mouseup", "1")
    wait_for("its corner changes its size", lambda: overlay.look()["kept"]["width"] == width + 50)


def test_it_comes_back_on_screen_when_a_monitor_goes_and_returns_with_it(desktop: X11Desktop, start: Start) -> None:
    xrandr = desktop.run
    xrandr("xrandr", "--setmonitor", "*L", "800/300x900/300+0+0", "screen")
    xrandr("xrandr", "--setmonitor", "R", "800/300x900/300+800+0", "none")
    try:
        behind = behind_with_focus(desktop, start)
        overlay = start("overlay", x=200, y=100, screen="R")
        wait_for("it stands on the second monitor", lambda: overlay.look()["place"][:2] == [1000, 100])
        xrandr("xrandr", "--delmonitor", "R")
        wait_for("it is back on the first", lambda: overlay.look()["place"][:2] == [200, 100])
        click(desktop, *middle(overlay.look()))
        wait_for("clicks still go through", lambda: behind.look()["clicks"])
        assert overlay.look()["kept"]["screen"] == "R"
        xrandr("xrandr", "--setmonitor", "R", "800/300x900/300+800+0", "none")
        wait_for("it returns with the monitor", lambda: overlay.look()["place"][:2] == [1000, 100])
    finally:
        xrandr("xrandr", "--delmonitor", "R")
        xrandr("xrandr", "--delmonitor", "L")


def test_a_place_off_the_screen_is_brought_back(start: Start) -> None:
    overlay = start("overlay", x=5_000, y=-300, screen="gone")
    x, y, width, height = overlay.look()["place"]
    assert 0 <= x <= 1600 - width
    assert 0 <= y <= 900 - height


def test_without_a_tray_the_control_window_and_with_one_the_icon(desktop: X11Desktop, start: Start) -> None:
    overlay = start("overlay", control_window=True)
    wait_for("the control window", lambda: overlay.look()["control_window"])
    if shutil.which("trayer") is None:
        pytest.skip("needs trayer for its second half")
    host = subprocess.Popen(["trayer", "--edge", "bottom"], env=desktop.env, stderr=subprocess.DEVNULL)
    try:
        wait_for("the tray takes over", lambda: overlay.look()["tray"] and not overlay.look()["control_window"])
    finally:
        host.terminate()
        host.wait(5)
