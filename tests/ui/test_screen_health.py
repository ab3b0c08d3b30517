"""Why nothing is recorded, in words: each sentence from a real cause, and in all four places that tell it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from tests.clocks import HandClock
from tests.unit.test_screen_source import Script, done

from combatlens.adapters.ocr.full import FullReader
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.tesseract import open_tesseract
from combatlens.adapters.screen.grabber import OutsideScreen
from combatlens.adapters.screen.source import ScreenSource
from combatlens.adapters.screen.windows import GameWindow, WindowRegion
from combatlens.bootstrap import doctor
from combatlens.bootstrap.home import Home
from combatlens.domain.present import status_json
from combatlens.domain.profile import Region, ScreenRules
from combatlens.domain.snapshot import Health, LiveStatus, Snapshot
from combatlens.ports import TextLine
from combatlens.simulation.display import wait_for
from combatlens.ui.face import face
from combatlens.ui.tray import Tray

PLACE = Region(10, 20, 300, 40)


class Desk:
    """Windows: the game, and perhaps one above it."""

    game: GameWindow | None = GameWindow("Isles", 0, 0, 800, 600, handle=1)
    over: GameWindow | None = None

    def windows(self):
        return [self.game] if self.game is not None else []

    def above(self, window, place):
        return self.over

    def close(self):
        pass


class Screen:
    """A grabber over one picture of the screen."""

    def __init__(self, picture: np.ndarray | None = None) -> None:
        self.picture = picture if picture is not None else drawn("XP 12,345 / 60,000")

    clock: HandClock | None = None

    def grab(self, x, y, width, height):
        if self.clock is not None:
            self.clock.time += 0.1
        if x + width > 1280:
            raise OutsideScreen(f"region outside the screen: {width}×{height} at {x},{y}", "move the window back")
        return self.picture

    def bounds(self):
        return (0, 0, 1280, 800)

    def close(self):
        pass


class Stills:
    """The full reader where the trained one would stand."""

    def __init__(self, *readers) -> None:
        self._reader = FullReader(readers or [open_tesseract()])

    def read(self, image) -> Reading:
        return self._reader.read(image)

    def confirm(self, image, reading):
        pass

    def idle(self):
        pass

    def close(self):
        self._reader.close()


class Says:
    """A teacher that reads the same text in every view."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def read(self, image) -> TextLine:
        return TextLine(self.text, 0.95, self.name)

    def close(self):
        pass


def drawn(text: str, height: float = 0.7) -> np.ndarray:
    picture = np.full((40, 300, 3), 40, np.uint8)
    cv2.putText(picture, text, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, height, (235, 235, 235), 1, cv2.LINE_AA)
    return picture


EVERYWHERE = ["overlay", "tray", "/v1/status", "doctor"]


def told_in(health: Health, theme, monkeypatch, tmp_path) -> list[str]:
    """The places that tell the sentence. It is a trouble, with a remedy."""
    status = LiveStatus(Snapshot(character="Ann", state="active", session_id="s"), health=(health,))
    assert health.state in ("warning", "failed")
    assert health.remedy, "what to do about it"
    from combatlens.ui.actions import Actions

    tray = Tray(theme, Actions(theme, theme), theme)
    tray.refresh(status)
    tip = tray.icon.toolTip()
    tray.stop()
    answer = json.loads(json.dumps(status_json(status)))

    class Running:
        pid = 4

        def get(self, path):
            return answer

    monkeypatch.setattr(doctor, "running_instance", lambda home: Running())
    words = {
        "overlay": face(status, 0).alert,
        "tray": tip,
        "/v1/status": [line["message"] for line in answer["health"]],
        "doctor": [line.message for line in doctor._running(Home.of(tmp_path))],
    }
    return [place for place, told in words.items() if health.message in told]


def source(clock=None, *, screen=None, reader: Callable = Stills, desk=None, covered=lambda _: False, place=PLACE):
    rules = ScreenRules(region=place, frames_per_second=60, window_title="Isles" if desk else "")
    return ScreenSource(
        rules, clock or HandClock(), open_grabber=lambda: screen or Screen(), open_reader=reader, covered=covered,
        open_locator=(lambda: WindowRegion(rules, desk)) if desk else None,
    )  # fmt: skip


def run_until(watched: ScreenSource, words: str) -> Health:
    watched.start(done)
    found: list[Health] = []

    def said() -> bool:
        found.append(watched.health())
        return words in found[-1].message

    try:
        wait_for(said, f"{words!r}", 20.0)
    finally:
        watched.stop()
    return found[-1]


def gone() -> Desk:
    desk = Desk()
    desk.game = None
    return desk


def chatted() -> Desk:
    desk = Desk()
    desk.over = GameWindow("Chat", 0, 0, 800, 600, handle=2)
    return desk


CAUSES = {
    "game window not found": lambda: source(desk=gone()),
    "region outside the screen": lambda: source(place=Region(1200, 20, 300, 40)),
    "covered by the overlay": lambda: source(covered=lambda place: place == PLACE),
    "covered by 'Chat'": lambda: source(desk=chatted(), screen=Screen(drawn(""))),
    "text too small: scale the game's UI or choose 2×": lambda: source(
        screen=Screen(cv2.resize(drawn("12,345 / 60,000"), None, fx=0.3, fy=0.3))
    ),
    "reader unsure: 8 or 6 in '12,?45'": lambda: source(
        reader=lambda: Stills(Says("one", "12,845"), Says("two", "12,645"))
    ),
}


@pytest.mark.parametrize("words", CAUSES)
def test_the_cause_is_told_in_all_four_places(words, qtbot, theme, monkeypatch, tmp_path):
    health = run_until(CAUSES[words](), words)
    assert words in health.message
    assert told_in(health, theme, monkeypatch, tmp_path) == EVERYWHERE


def test_nothing_has_changed_for_five_minutes(qtbot, theme, monkeypatch, tmp_path):
    clock, script = HandClock(), Script()
    watched = source(clock)
    script.text = "12,345 / 60,000"
    for step in (0.1, 0.5, 0.5, 150, 150.5):
        clock.time += step
        watched.look(script.grab(0, 0, 4, 4), script, done)
    health = watched.health()
    assert health.message == "nothing has changed for 5 min"
    assert health.since == pytest.approx(clock.time - 300.5, abs=1)
    assert told_in(health, theme, monkeypatch, tmp_path) == EVERYWHERE
    script.text = "12,400 / 60,000"
    for _ in range(3):
        clock.time += 0.1
        watched.look(script.grab(0, 0, 4, 4), script, done)
    assert watched.health().state == "ok"


def test_a_stalled_loop_is_told_and_started_anew(qtbot, theme, monkeypatch, tmp_path):
    """A grab that never returns, as of a display that hangs: the watchdog leaves it behind."""
    stuck, clock, screen = threading.Event(), HandClock(), Screen()

    def grab(*_place):
        clock.time += 100
        stuck.wait(20)
        return drawn("")

    screen.grab = grab
    watched = source(clock, screen=screen)
    watched.stall_seconds = 0.2
    watched.start(done)
    wait_for(lambda: watched.restarts > 0, "the watchdog", 10.0)
    wait_for(lambda: "loop stalled" in watched.health().message, "the words", 10.0)
    health = watched.health()
    stuck.set()
    watched.stop()
    for thread in threading.enumerate():
        if thread.name == "screen":
            thread.join(5)
    assert told_in(health, theme, monkeypatch, tmp_path) == EVERYWHERE


def test_the_overlays_own_numbers_are_never_read():
    """While the overlay lies over the place nothing is grabbed at all; when it leaves, reading goes on."""
    covers, values, clock, screen = [True], [], HandClock(), Screen()
    screen.clock = clock
    watched = source(clock, screen=screen, covered=lambda _: covers[0])

    def emit(batch):
        values.extend(item.event.value for item in batch)
        return done(batch)

    watched.start(emit)
    wait_for(lambda: watched.health().message == "covered by the overlay", "the words", 20.0)
    assert watched.recent() == ()
    covers[0] = False
    wait_for(lambda: bool(values), "a value", 20.0)
    watched.stop()
    assert values == [12_345]
