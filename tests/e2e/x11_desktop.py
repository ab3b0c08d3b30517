"""A private X11 desktop for tests: Xvfb, a window manager and a compositor, gone again afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import pytest

PROGRAMS = ("Xvfb", "openbox", "picom", "xdotool", "xprop", "xrandr", "xdpyinfo")


def require_programs(names: Sequence[str] = PROGRAMS) -> None:
    """Skip, and say why, where a program is missing."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (apt install xvfb openbox picom xdotool x11-utils x11-xserver-utils)")


def wait_for(what: str, done: Callable[[], object], timeout: float = 10.0) -> None:
    """Look again and again until it is so. Fails with `what`."""
    until = time.monotonic() + timeout
    while not done():
        if time.monotonic() > until:
            pytest.fail(f"waited {timeout:g} s in vain: {what}")
        time.sleep(0.02)


class X11Desktop:
    """`with X11Desktop() as desktop:`; `desktop.env` is the environment of programs that belong on it."""

    def __init__(self, size: str = "1600x900") -> None:
        self._size = size
        self._running: list[subprocess.Popen[bytes]] = []
        self.env: dict[str, str] = {}

    def __enter__(self) -> X11Desktop:
        read, write = os.pipe()
        server = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{self._size}x24", "-nolisten", "tcp"]
        self._start(server, env=dict(os.environ), pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as numbers:
            display = f":{numbers.readline().strip()}"
        self.env = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        self.env |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._start(["openbox", "--sm-disable"])
        wait_for("the window manager", lambda: "window id" in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        self._start(["picom", "--backend", "xrender", "--config", "/dev/null"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in reversed(self._running):
            program.terminate()
            try:
                program.wait(5)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(5)

    def run(self, *command: str) -> str:
        """Run a short program on this desktop; its output, also when it fails."""
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=15, check=False)
        return done.stdout

    def _start(self, command: Sequence[str], env: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()) -> None:
        quiet = subprocess.DEVNULL
        self._running.append(
            subprocess.Popen(command, env=env or self.env, stdin=quiet, stdout=quiet, stderr=quiet, pass_fds=pass_fds)
        )
