"""The overlay on a real X server with a window manager: clicks, focus, order, monitors, tray."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.repository import ROOT

from combatlens.simulation.display import VirtualDesktop, missing_programs, wait_for

pytestmark = pytest.mark.e2e


class Program:
    """A running overlay_player; `ask` sends a command and gives the answer."""

    def __init__(self, desktop: VirtualDesktop, *arguments: str, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.overlay_player", *arguments],
            env={**desktop.env, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": f"{ROOT / 'app'}:{ROOT}", **(env or {})},
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
            self._process.communicate('["quit"]\n', timeout=40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        return self._process.returncode


Start = Callable[..., Program]


def run(desktop: VirtualDesktop, *command: str) -> str:
    """Run a short program on this desktop; its output, also when it fails."""
    return subprocess.run(command, env=desktop.env, capture_output=True, text=True, timeout=60, check=False).stdout


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDesktop]:
    """One of its own: without a tray, until a test starts one."""
    if missing := [*missing_programs(), *(name for name in ("xrandr", "xwininfo") if shutil.which(name) is None)]:
        pytest.skip(f"no virtual desktop here: {', '.join(missing)} not installed")
    with VirtualDesktop((1600, 900), folder=tmp_path_factory.mktemp("overlay-desktop"), tray=False) as made:
        yield made


@pytest.fixture
def start(desktop: VirtualDesktop) -> Iterator[Start]:
    running: list[Program] = []

    def one(role: str, env: dict[str, str] | None = None, control_window: bool = False, **overlay: Any) -> Program:
        arguments = (role, json.dumps({"chart": False, **overlay})) if role == "overlay" else (role,)
        running.append(Program(desktop, *arguments, env=env))
        if role == "overlay" and not control_window:
            wait_for(lambda: running[-1].ask("put_away"), "the control window")
        return running[-1]

    yield one
    for program in reversed(running):
        assert program.stop() == 0


def middle(overlay: Any) -> tuple[int, int]:
    x, y, width, height = overlay["place"]
    return x + width // 2, y + height // 2


def click(desktop: VirtualDesktop, x: int, y: int) -> None:
    run(desktop, "xdotool", "mousemove", str(x), str(y), "click", "1")


def on_screen(desktop: VirtualDesktop, overlay: Program) -> bool:
    """Mapped, and the program has been through its events since: what it does on being shown is done."""
    mapped = "IsViewable" in run(desktop, "xwininfo", "-id", str(overlay.look()["window"]))
    overlay.look()
    return mapped and bool(overlay.look()["visible"])


def behind_with_focus(desktop: VirtualDesktop, start: Start) -> Program:
    behind = start("behind")
    wait_for(lambda: behind.look()["active"], "the window behind has the focus")
    return behind


def test_locked_clicks_go_through_and_unlocked_they_do_not(desktop: VirtualDesktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200)
    wait_for(lambda: on_screen(desktop, overlay), "the overlay is seen")
    x, y = middle(overlay.look())
    click(desktop, x, y)
    wait_for(lambda: behind.look()["clicks"] == [[x, y]], "the click reaches the window behind")

    overlay.ask("intent", "lock")
    x, y = middle(overlay.look())
    click(desktop, x, y)
    assert overlay.ask("intent", "lock")["locked"]  # a full turn of the program: the click has been handled
    assert len(behind.look()["clicks"]) == 1, "the second click has come through"
    click(desktop, x, y)
    wait_for(lambda: len(behind.look()["clicks"]) == 2, "after locking again, clicks go through again")


def test_mapped_while_locked_it_swallows_no_clicks(desktop: VirtualDesktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200)
    for turn in range(1, 4):
        overlay.ask("intent", "overlay")
        wait_for(lambda: not overlay.look()["visible"], "it is hidden")
        overlay.ask("intent", "overlay")
        wait_for(lambda: on_screen(desktop, overlay), "it is on the screen")
        click(desktop, *middle(overlay.look()))
        wait_for(lambda turn=turn: len(behind.look()["clicks"]) == turn, "the click goes through")


def test_it_never_takes_the_focus(desktop: VirtualDesktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", control_window=True, x=300, y=200, locked=False)
    wait_for(lambda: overlay.look()["control_window"], "the control window")
    assert behind.look()["active"], "the control window takes no focus when it appears by itself"
    overlay.ask("put_away")
    overlay.ask("come_forward")
    click(desktop, *middle(overlay.look()))
    overlay.ask("intent", "overlay")
    overlay.ask("intent", "overlay")
    run(desktop, "xdotool", "type", "--delay", "20", "combat")
    wait_for(lambda: behind.look()["keys"] == "combat", "typed keys reach the window behind")
    assert not overlay.look()["active"]


def test_it_stays_above_a_fullscreen_window(desktop: VirtualDesktop, start: Start) -> None:
    behind = behind_with_focus(desktop, start)
    overlay = start("overlay", x=300, y=200, locked=False)
    behind.ask("fullscreen")
    wait_for(lambda: behind.look()["fullscreen"] and behind.look()["active"], "the window behind fills the screen")
    stack = run(desktop, "xwininfo", "-root", "-children")
    assert f"0x{overlay.look()['window']:x} " in stack
    click(desktop, *middle(overlay.look()))
    overlay.look()
    assert behind.look()["clicks"] == []


@pytest.mark.parametrize("scale", ["1", "1.5", "2"])
def test_unlocked_it_moves_with_a_drag_and_keeps_its_place(desktop: VirtualDesktop, start: Start, scale: str) -> None:
    overlay = start("overlay", env={"QT_SCALE_FACTOR": scale}, x=100, y=60, locked=False)
    ratio = float(scale)
    x, y, width, height = overlay.look()["place"]
    grip = (round((x + width / 2) * ratio), round((y + height / 2) * ratio))
    there = (grip[0] + round(120 * ratio), grip[1] + round(40 * ratio))
    run(desktop, "xdotool", "mousemove", *map(str, grip), "mousedown", "1")
    run(desktop, "xdotool", "mousemove", str(grip[0] + 20), str(grip[1]), "mousemove", *map(str, there))
    wait_for(lambda: overlay.look()["place"][:2] == [x + 120, y + 40], "it follows the pointer")
    run(desktop, "xdotool", "mouseup", "1")
    wait_for(lambda: (overlay.look()["kept"]["x"], overlay.look()["kept"]["y"]) == (220, 100), "its place is kept")
    edge = overlay.look()["place"]
    corner = (round((edge[0] + width - 3) * ratio), round((edge[1] + height - 3) * ratio))
    run(desktop, "xdotool", "mousemove", *map(str, corner), "mousedown", "1")
    run(desktop, "xdotool", "mousemove", str(corner[0] + 10), str(corner[1]))
    run(desktop, "xdotool", "mousemove", str(corner[0] + round(50 * ratio)), str(corner[1]), "mouseup", "1")
    wait_for(lambda: overlay.look()["kept"]["width"] == width + 50, "its corner changes its size")


def test_it_comes_back_on_screen_when_a_monitor_goes_and_returns_with_it(desktop: VirtualDesktop, start: Start) -> None:
    run(desktop, "xrandr", "--setmonitor", "*L", "800/300x900/300+0+0", "screen")
    run(desktop, "xrandr", "--setmonitor", "R", "800/300x900/300+800+0", "none")
    try:
        behind = behind_with_focus(desktop, start)
        overlay = start("overlay", x=200, y=100, screen="R")
        wait_for(lambda: overlay.look()["place"][:2] == [1000, 100], "it stands on the second monitor")
        run(desktop, "xrandr", "--delmonitor", "R")
        wait_for(lambda: overlay.look()["place"][:2] == [200, 100], "it is back on the first")
        click(desktop, *middle(overlay.look()))
        wait_for(lambda: behind.look()["clicks"], "clicks still go through")
        assert overlay.look()["kept"]["screen"] == "R"
        run(desktop, "xrandr", "--setmonitor", "R", "800/300x900/300+800+0", "none")
        wait_for(lambda: overlay.look()["place"][:2] == [1000, 100], "it returns with the monitor")
    finally:
        run(desktop, "xrandr", "--delmonitor", "R")
        run(desktop, "xrandr", "--delmonitor", "L")


def test_a_place_off_the_screen_is_brought_back(start: Start) -> None:
    overlay = start("overlay", x=5_000, y=-300, screen="gone")
    x, y, width, height = overlay.look()["place"]
    assert 0 <= x <= 1600 - width
    assert 0 <= y <= 900 - height


def test_without_a_tray_the_control_window_and_with_one_the_icon(desktop: VirtualDesktop, start: Start) -> None:
    overlay = start("overlay", control_window=True)
    wait_for(lambda: overlay.look()["control_window"], "the control window")
    host = subprocess.Popen(["trayer", "--edge", "bottom"], env=desktop.env, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: overlay.look()["tray"] and not overlay.look()["control_window"], "the tray takes over")
    finally:
        host.terminate()
        host.wait(20)
