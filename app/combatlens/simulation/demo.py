"""`combatlens demo`: a simulated game and bot, watched by the real application; recorded against true."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.remote import Remote
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import DEFAULT_HOTKEYS as _KEYS
from combatlens.ports import Clock
from combatlens.simulation.display import VirtualDesktop, wait_for
from combatlens.simulation.facts import Died, Earned, Killed
from combatlens.simulation.hand import Hand
from combatlens.simulation.stage import Stage
from combatlens.simulation.troupe import Troupe
from combatlens.simulation.truth import Line, Truth, compare

SPEED = 2.0
LEAD_S = 1.5
SCREEN, GAME_WINDOW = (1280, 800), (20, 20, 1238, 690)
"""The virtual screen, and the game's client area in it: the overlay has its place over the game."""
_LONELY_S = 13.0
"""A press of `death` this far from every death of the game is a death of its own (hotkeys match within 10 s)."""


class Press(Struct, frozen=True):
    """A real key press in the game's time; `counts` names the total that it alone adds to."""

    at: float
    intent: str
    keys: str
    counts: str = ""


class Performance(Struct, frozen=True, kw_only=True):
    """What a demo leaves: the session as recorded, the comparison with the truth, and where all lies."""

    session: dict[str, Any]
    lines: list[Line]
    home: Path
    pictures: list[Path]
    bot: dict[str, Any]
    exit_code: int
    """Of the application, after SIGTERM."""

    @property
    def agrees(self) -> bool:
        return all(line.agrees for line in self.lines)


def presses_of(stage: Stage) -> list[Press]:
    """A mark, a kill that bot and log tell of too, and a death that nobody else tells of."""
    seen = stage.sightings()
    both = [s.fact for s in seen if isinstance(s.fact, Killed) and s.bot and s.log]
    found = [Press(stage.wall(stage.minutes * 60 * stage.speed * 0.3), "mark", _KEYS["mark"])]
    if both:
        found.append(Press(stage.wall(both[len(both) // 2].at) + 0.4, "kill", _KEYS["kill"]))
    deaths = [stage.wall(s.fact.at) for s in seen if isinstance(s.fact, Died)]
    moment = stage.starts_at + 2.0
    while moment < stage.ends_at - 1.0:
        if all(abs(moment - death) > _LONELY_S for death in deaths):
            found.append(Press(moment, "death", _KEYS["death"], "deaths"))
            break
        moment += 1.0
    return sorted(found, key=lambda press: press.at)


class Demo:
    """One performance on a display that stands already. `say` gets a line of progress."""

    def __init__(self, troupe: Troupe, hand: Hand, clock: Clock, say: Callable[[str], None], pictures: Path) -> None:
        self._troupe = troupe
        self._hand = hand
        self._clock = clock
        self._say = say
        self._folder = pictures
        self._pictures: list[Path] = []

    def play(self, stage: Stage) -> Performance:
        say, troupe = self._say, self._troupe
        say("the game opens its window")
        troupe.start_game(stage)
        say("CombatLens starts and watches it")
        remote = troupe.start_application()
        self._start_session(remote, stage)
        stage = troupe.begin(self._clock.now() + LEAD_S)
        say(f"{stage.minutes:g} min of play, {stage.speed:g} times as fast as life")
        truth = stage.truth()
        self._watch(stage, truth)
        bot = troupe.wait_for_bot(60.0)
        session_id = self._await_last(remote, stage)
        self._take_tray()
        self._pause_and_resume(remote)
        self._press_or_post(_KEYS["end"], remote, "/v1/sessions/current/end")
        wait_for(lambda: remote.get("/v1/status")["state"] not in ("active", "paused"), "the end of the session", 60.0)
        session: dict[str, Any] = troupe.command("sessions", "show", session_id)
        self._take_history(remote)
        ended = troupe.end("application")
        return Performance(
            session=session,
            lines=compare(truth, session),
            home=troupe.home.root,
            pictures=self._pictures,
            bot=bot,
            exit_code=ended,
        )

    def _start_session(self, remote: Remote, stage: Stage) -> None:
        if self._hand.able:
            self._hand.wait_for_tray_icon()
            wait_until(self._clock.now() + 1.0, self._clock)  # the keys are bound right after the icon is there
            wait_for(lambda: _starts(self._hand, remote), "the hotkey that starts a session", 60.0)
        else:
            remote.post("/v1/sessions", {})
        wait_for(
            lambda: remote.get("/v1/status")["xp_value"] == stage.rules.xp, "the first reading of the XP on the screen",
            60.0,
        )  # fmt: skip

    def _watch(self, stage: Stage, truth: Truth) -> None:
        """Press keys and take pictures when their time has come."""
        waiting = presses_of(stage) if self._hand.able else []
        portrait = stage.starts_at + stage.minutes * 60 * 0.85 if self._hand.able else float("inf")
        while self._clock.now() < stage.ends_at:
            now = self._clock.now()
            if waiting and waiting[0].at <= now:
                press = waiting.pop(0)
                self._hand.press(press.keys)
                if press.counts:
                    setattr(truth, press.counts, getattr(truth, press.counts) + 1)
            if now >= portrait:
                x, y, width, height = stage.window
                self._picture("overlay", (x, y, width + 2, height + 22))  # with its frame
                portrait = float("inf")
            following = min([stage.ends_at, portrait, *(press.at for press in waiting[:1])])
            wait_until(following, self._clock)

    def _await_last(self, remote: Remote, stage: Stage) -> str:
        """Wait until the last XP is read off the screen; returns the session's id."""
        last = [seen.fact for seen in stage.sightings() if isinstance(seen.fact, Earned)][-1]
        wait_for(lambda: remote.get("/v1/status")["xp_value"] == last.value, "the last reading of the XP", 60.0)
        wait_until(stage.ends_at + 2.0, self._clock)  # the log's tail looks several times a second
        return str(remote.get("/v1/status")["session_id"])

    def _pause_and_resume(self, remote: Remote) -> None:
        for state in ("paused", "active"):
            path = "/v1/sessions/current/" + ("pause" if state == "paused" else "resume")
            self._press_or_post(_KEYS["pause"], remote, path)
            _await_state(remote, state)

    def _press_or_post(self, keys: str, remote: Remote, path: str) -> None:
        if self._hand.able:
            self._hand.press(keys)
        else:
            remote.post(path)

    def _take_tray(self) -> None:
        if not self._hand.able:
            return
        x, y, _, _ = self._hand.open_tray_menu()
        wait_until(self._clock.now() + 0.5, self._clock)  # it is painted after it is shown
        self._picture("tray-menu")
        self._hand.press("Escape")
        self._hand.move(x - 100, y)

    def _take_history(self, remote: Remote) -> None:
        """The history beside the game; the overlay goes, it would cover the window."""
        if not self._hand.able:
            return
        self._hand.press(_KEYS["overlay"])
        remote.post("/v1/app/history")
        x, y, width, _ = self._hand.wait_for_window("--name", "^History")
        wait_until(self._clock.now() + 1.0, self._clock)  # it reads the store after it is shown
        self._picture("history", self._hand.wait_for_window("--name", "^History"))
        self._hand.double_click(x + width // 3, y + 157)
        wait_until(self._clock.now() + 1.0, self._clock)  # its plots are painted after it is shown
        self._picture("session", self._hand.wait_for_window("--name", "^History"))

    def _picture(self, name: str, area: tuple[int, int, int, int] | None = None) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pictures.append(self._hand.picture(self._folder / f"{name}.png", area))


def wait_until(moment: float, clock: Clock) -> None:
    """Sleep until that moment (Unix seconds)."""
    left = moment - clock.now()
    if left > 0:
        wait_for(lambda: clock.now() >= moment, "the moment", left + 5.0, min(0.1, left))


def _starts(hand: Hand, remote: Remote) -> bool:
    """Press `start`, as a person does, until a session stands. A second press would begin a second session."""

    def active() -> bool:
        return bool(remote.get("/v1/status")["state"] == "active")

    hand.press(_KEYS["start"])
    try:
        wait_for(active, "a session", 15.0)
    except EnvironmentFault:
        return False
    return True


@contextmanager
def a_display(folder: Path, say: Callable[[str], None], *, virtual: bool) -> Iterator[tuple[dict[str, str], bool]]:
    """(environment, whether it is a virtual one). The user's own display where there is one, unless told otherwise."""
    linux = sys.platform.startswith("linux")
    if not linux or (os.environ.get("DISPLAY") and not virtual):
        yield dict(os.environ), False
        return
    say("a virtual display starts" if virtual else "no display here: a virtual one starts")
    with VirtualDesktop(SCREEN, folder=folder / "desktop") as desktop:
        yield desktop.env, True


def run_demo(
    *, minutes: float = 1.0, seed: int = 1, screenshots: Path | None = None, home: Path | None = None,
    speed: float = SPEED, say: Callable[[str], None] = print,
) -> int:  # fmt: skip
    """Play, compare and tell. Returns 0 when recorded and true agree, else 1. Raises EnvironmentFault.

    Keys are pressed and pictures taken on a virtual display alone; `screenshots` asks for one.
    """
    folder = Path(tempfile.mkdtemp(prefix="combatlens-demo-"))
    root = home or folder / "home"
    stage = Stage(
        seed=seed, minutes=minutes, speed=speed, log_path=str(folder / "chatlog.txt"), home=str(root),
        window=GAME_WINDOW,
    )  # fmt: skip
    with a_display(folder, say, virtual=screenshots is not None) as (env, virtual), Troupe(folder, root, env) as troupe:
        hand = Hand(env, able=virtual)
        performance = Demo(troupe, hand, SystemClock(), say, screenshots or folder / "pictures").play(stage)
    tell(performance, folder, say)
    return 0 if performance.agrees else 1


def tell(performance: Performance, folder: Path, say: Callable[[str], None]) -> None:
    """The session, the files, and recorded against true."""
    session = performance.session
    say(f"\nsession {session['session_id']}: {session['active_minutes']:.2f} min active")
    say(f"  home      {performance.home}")
    say(f"  log       {folder / 'chatlog.txt'}")
    for picture in performance.pictures:
        say(f"  picture   {picture}")
    say(f"\n{'':<28}{'recorded':>12}{'true':>12}")
    for line in performance.lines:
        mark = "" if line.agrees else "   differs"
        say(f"{line.name.replace('_', ' '):<28}{line.recorded:>12,.0f}{line.true:>12,.0f}{mark}")
    say("\nrecorded and true agree" if performance.agrees else "\nrecorded and true differ")


def _await_state(remote: Remote, state: str) -> None:
    wait_for(lambda: remote.get("/v1/status")["state"] == state, f"the state {state!r}", 60.0)
