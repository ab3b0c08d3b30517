"""A desktop where there is none: Xvfb with a window manager, a compositor and a tray host, for demo and tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from combatlens.domain.errors import EnvironmentFault

Found = TypeVar("Found")

PACKAGES = {
    "Xvfb": "xvfb", "openbox": "openbox", "picom": "picom", "trayer": "trayer", "xdotool": "xdotool",
    "xdpyinfo": "x11-utils", "xprop": "x11-utils",
}  # fmt: skip
"""Program -> Debian package that brings it."""

TRAY_HEIGHT = 28
_PATIENCE_S = 30.0


def missing_programs() -> list[str]:
    """The programs of a virtual desktop that are not installed here."""
    return [name for name in PACKAGES if shutil.which(name) is None]


def require_programs() -> None:
    """Raises EnvironmentFault that names the packages to install."""
    missing = missing_programs()
    if missing:
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        raise EnvironmentFault(f"a virtual desktop needs {', '.join(missing)}", f"run: apt-get install {packages}")


class VirtualDesktop:
    """`with VirtualDesktop() as desktop: run(…, env=desktop.env)`. It ends all that it started, and nothing else.

    The X server picks the first free display number itself, unless `number` is given.
    """

    def __init__(
        self, size: tuple[int, int] = (1280, 800), *, folder: Path, number: int | None = None, tray: bool = True
    ) -> None:
        self.size = size
        self.display = ""
        self.env: dict[str, str] = {}
        self._folder = folder
        self._number = number
        self._tray = tray
        self._programs: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        require_programs()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start_server()
            self._start("openbox", "--sm-disable")
            wait_for(self._has_manager, "the window manager")
            self._start("picom", "--backend", "xrender", "--config", os.devnull)
            if self._tray:
                self._start(
                    "trayer", "--edge", "bottom", "--align", "right", "--width", "10", "--height", str(TRAY_HEIGHT)
                )
                wait_for(self._has_tray, "the tray")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the programs, the server last."""
        while self._programs:
            end_process(self._programs.pop())

    def _start_server(self) -> None:
        reader, writer = os.pipe()
        place = () if self._number is None else (f":{self._number}",)
        screen = f"{self.size[0]}x{self.size[1]}x24"
        command = ("Xvfb", *place, "-displayfd", str(writer), "-screen", "0", screen, "-nolisten", "tcp", "-noreset")
        self._start(*command, pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            number = pipe.readline().strip().decode()
        if not number:
            raise EnvironmentFault("the virtual X server did not start", f"see {self._folder / 'Xvfb.log'}")
        self.display = f":{number}"
        self.env = desktop_env(os.environ, self.display)
        wait_for(lambda: "dimensions" in self._ask("xdpyinfo"), "the X server")

    def _start(self, *command: str, pass_fds: tuple[int, ...] = ()) -> None:
        with (self._folder / f"{command[0]}.log").open("ab") as log:
            env = self.env or None
            program = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, pass_fds=pass_fds
            )
        self._programs.append(program)

    def _ask(self, *command: str) -> str:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    def _has_manager(self) -> bool:
        return "window id" in self._ask("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")

    def _has_tray(self) -> bool:
        from Xlib import X, display

        connection = display.Display(self.display)
        try:
            selection = connection.intern_atom("_NET_SYSTEM_TRAY_S0")
            return bool(connection.get_selection_owner(selection) != X.NONE)
        finally:
            connection.close()


def desktop_env(base: Mapping[str, str], display: str) -> dict[str, str]:
    """An environment for programs on that display: X11, no Wayland, no session bus of another desktop."""
    dropped = {"WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "QT_SCALE_FACTOR"}
    return {key: value for key, value in base.items() if key not in dropped} | {"DISPLAY": display}


def wait_for(true: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S, pause_s: float = 0.05) -> None:
    """Ask until it is true. Raises EnvironmentFault when patience ends."""
    end = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > end:
            raise EnvironmentFault(f"{what} did not come within {patience_s:g} s", "is the machine under heavy load?")
        time.sleep(pause_s)


def wait_to_find(find: Callable[[], Found | None], what: str, patience_s: float = _PATIENCE_S) -> Found:
    """Ask until there is something, and return that: a second look might miss it. Raises EnvironmentFault."""
    found: list[Found] = []

    def there() -> bool:
        one = find()
        if one is not None:
            found.append(one)
        return one is not None

    wait_for(there, what, patience_s)
    return found[0]


def end_process(program: subprocess.Popen[bytes], patience_s: float = 5.0) -> int:
    """SIGTERM; when that is not heard SIGABRT, at which Python tells where it hangs. Returns the exit code."""
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(patience_s)
        except subprocess.TimeoutExpired:
            program.send_signal(getattr(signal, "SIGABRT", signal.SIGTERM))
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(patience_s)
            program.kill()
    return program.wait()
