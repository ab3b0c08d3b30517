"""Hotkeys as X11 key grabs: the key is taken from all other programs, and a taken key is known as taken.

One thread owns the connection; commands reach it through a queue and a socket pair that wakes its `select`.
"""

from __future__ import annotations

import os
import queue
import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from Xlib import XK, X, display, error

from combatlens.adapters.hotkeys.keys import Combo, plan, way_out
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Clock, HotkeyProblem

OnIntent = Callable[[str, float], None]

_MODIFIERS = {"ctrl": X.ControlMask, "alt": X.Mod1Mask, "shift": X.ShiftMask, "super": X.Mod4Mask}
_RELEVANT = X.ShiftMask | X.ControlMask | X.Mod1Mask | X.Mod4Mask
_KEYSYMS = {
    "enter": "Return", "esc": "Escape", "backspace": "BackSpace", "pageup": "Prior", "pagedown": "Next",
    "scrolllock": "Scroll_Lock", "printscreen": "Print",
}  # fmt: skip
_PATIENCE_S = 5.0


def _keysym(key: str) -> int:
    if len(key) == 1:
        return int(XK.string_to_keysym(key))
    name = _KEYSYMS.get(key) or (key.upper() if key[0] == "f" and key[1:].isdigit() else key)
    return int(XK.string_to_keysym(name) or XK.string_to_keysym(name.capitalize()))


def _probe(name: str) -> None:
    """Raise OSError where nobody listens on a local display (python-xlib leaks its socket when it cannot connect)."""
    host, _, number = name.partition(":")
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number.partition('.')[0]}"
        try:
            _touch("\0" + path)
        except OSError:
            _touch(path)


def _touch(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.connect(address)


class X11Hotkeys:
    """Raises EnvironmentFault where no X server answers on `display_name`."""

    name = "x11"

    def __init__(self, clock: Clock, display_name: str = "") -> None:
        self._clock = clock
        self._display_name = display_name or None
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._bindings: dict[tuple[int, int], str] = {}
        self._keys: dict[str, Combo] = {}
        self._on_intent: OnIntent = lambda _intent, _at: None
        self._released: tuple[int, int] = (0, 0)
        self._stopping = False
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="hotkeys-x11", daemon=True)
        self._thread.start()
        try:
            ready.result(_PATIENCE_S)
        except (EnvironmentFault, TimeoutError):
            self.stop()
            raise

    def bind(self, keys: dict[str, str], on_intent: OnIntent) -> tuple[HotkeyProblem, ...]:
        combos, problems = plan(keys)
        if not self._thread.is_alive():
            lost = "the connection to the X server is lost"
            return problems + tuple(HotkeyProblem(i, str(c), lost, way_out(i)) for i, c in combos.items())
        found: tuple[HotkeyProblem, ...] = self._ask(lambda: self._rebind(combos, on_intent))
        return problems + found

    def stop(self) -> None:
        if self._thread.is_alive() and not self._stopping:
            self._stopping = True
            self._wake.send(b"x")
            self._thread.join(_PATIENCE_S)
        self._wake.close()

    def _ask(self, job: Callable[[], Any]) -> Any:
        answer: Future[Any] = Future()
        self._jobs.put((answer, job))
        self._wake.send(b"x")
        return answer.result(_PATIENCE_S)

    # All below runs on the hotkey thread.

    def _run(self, ready: Future[None]) -> None:
        try:
            _probe(self._display_name or os.environ.get("DISPLAY", ""))
            self._display = display.Display(self._display_name)
        except (error.DisplayError, error.XError, OSError) as fault:
            self._woken.close()
            ready.set_exception(EnvironmentFault(f"no X server answers: {fault}", "start it inside a desktop session"))
            return
        self._root = self._display.screen().root
        self._locks, _ = self._grabbed = self._places()
        ready.set_result(None)
        try:
            self._serve()
        except (error.ConnectionClosedError, OSError):
            return  # the X server is gone, and the desktop with it
        finally:
            self._woken.close()
            self._display.display.socket.close()

    def _serve(self) -> None:
        wires = (self._display.fileno(), self._woken.fileno())
        while not self._stopping:
            while self._display.pending_events():
                self._handle(self._display.next_event())
            heard, _, _ = select.select(wires, (), ())
            if self._woken.fileno() in heard:
                self._woken.recv(64)
            while not self._jobs.empty():
                answer, job = self._jobs.get()
                answer.set_result(job())
        self._release()

    def _handle(self, event: Any) -> None:
        if event.type == X.KeyRelease:
            self._released = (event.detail, event.time)
        elif event.type == X.KeyPress and self._released != (event.detail, event.time):  # equal: a held key repeats
            intent = self._bindings.get((event.detail, event.state & _RELEVANT))
            if intent is not None:
                self._on_intent(intent, self._clock.now())
        elif event.type == X.MappingNotify:  # another keyboard is used, or another layout
            self._display.refresh_keyboard_mapping(event)
            if self._places() != self._grabbed:  # else a press that is under way would fall between two grabs
                self._rebind(self._keys, self._on_intent)

    def _places(self) -> tuple[tuple[int, ...], list[int]]:
        """Where the keyboard has the locks, and the bound keys: what grabs are made of."""
        codes = [self._display.keysym_to_keycode(_keysym(combo.key)) for combo in self._keys.values()]
        return self._lock_masks(), codes

    def _rebind(self, combos: dict[str, Combo], on_intent: OnIntent) -> tuple[HotkeyProblem, ...]:
        self._release()
        self._keys, self._on_intent = combos, on_intent
        self._locks, _ = self._grabbed = self._places()
        found = (self._grab(intent, combo) for intent, combo in combos.items())
        return tuple(problem for problem in found if problem)

    def _grab(self, intent: str, combo: Combo) -> HotkeyProblem | None:
        code = self._display.keysym_to_keycode(_keysym(combo.key))
        if not code:
            return HotkeyProblem(intent, str(combo), "this keyboard has no such key", way_out(intent))
        mask = 0
        for name in combo.modifiers:
            mask |= _MODIFIERS[name]
        refused = error.CatchError(error.BadAccess)
        for lock in self._locks:
            self._root.grab_key(code, mask | lock, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
        self._display.sync()
        if refused.get_error():
            self._ungrab(code, mask)
            return HotkeyProblem(intent, str(combo), "another program holds this key", way_out(intent))
        self._bindings[code, mask] = intent
        return None

    def _ungrab(self, code: int, mask: int) -> None:
        for lock in self._locks:
            self._root.ungrab_key(code, mask | lock)
        self._display.sync()

    def _release(self) -> None:
        for code, mask in self._bindings:
            self._ungrab(code, mask)
        self._bindings.clear()

    def _lock_masks(self) -> tuple[int, ...]:
        """CapsLock and NumLock change the state of every press, so a grab is needed for each mixture of them."""
        num_code = self._display.keysym_to_keycode(XK.string_to_keysym("Num_Lock"))
        num = 0
        for index, codes in enumerate(self._display.get_modifier_mapping()):
            if num_code and num_code in codes:
                num = 1 << index
        return tuple(dict.fromkeys((0, X.LockMask, num, X.LockMask | num)))
