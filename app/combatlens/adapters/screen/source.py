"""The screen as a source of XP readings: grab, compare, read, judge, emit, on a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from combatlens.adapters.ocr.bar import BarReading
from combatlens.adapters.ocr.images import enlarged
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.screen.bar_watch import BarCheck, BarWatch, percentage
from combatlens.adapters.screen.count import LookCount
from combatlens.adapters.screen.fingerprint import Fingerprint
from combatlens.adapters.screen.judge import Judge, Verdict
from combatlens.adapters.screen.locator import Locator, WholeScreen
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence, XpReading
from combatlens.domain.profile import Region, ScreenRules
from combatlens.domain.snapshot import Health, HealthState
from combatlens.ports import Clock, FrameGrabber, Receipt
from combatlens.services.intake import Intake

if TYPE_CHECKING:
    from combatlens.ports import Image

Emit = Callable[[Sequence[Occurrence]], Future[Receipt]]

STILL_SECONDS = 300.0
RETRY_SECONDS = 1.0
STALL_SECONDS = 45.0
"""Longer than the teachers take to start on a slow machine."""
KEPT = 60
DISAGREE = "part of the number may be hidden, or the bar's place is off: choose the places anew"


class LineReader(Protocol):
    """Reads a picture of one line and is told what became of it."""

    def read(self, image: Image) -> Reading: ...
    def confirm(self, image: Image, reading: Reading) -> None: ...
    def idle(self) -> None:
        """Called at every turn, whether or not there was anything to read."""

    def close(self) -> None: ...


class Seen(Struct, frozen=True):
    """One judged picture, for the diagnostics. `at`: Unix seconds."""

    at: float
    image: Image
    verdict: Verdict


class ScreenSource:
    """`ports.EventSource` over a screen region.

    `open_reader` and `open_grabber` run on the source's own thread: both hold things that belong to one.
    `covered` tells from any thread whether CombatLens' own overlay lies over a rectangle of the screen and would be
    captured with it: its numbers must never be taken for the game's.
    """

    name = "screen"

    def __init__(
        self, rules: ScreenRules, clock: Clock, *, open_grabber: Callable[[], FrameGrabber],
        open_reader: Callable[[], LineReader], open_locator: Callable[[], Locator] | None = None,
        character: str | None = None, covered: Callable[[Region], bool] = lambda _: False,
        intake: Intake | None = None,
    ) -> None:  # fmt: skip
        self._count = LookCount(intake, self.name) if intake is not None else None
        self._rules, self._clock, self._character = rules, clock, character
        self._covered = covered
        self._open_grabber, self._open_reader, self._open_locator = open_grabber, open_reader, open_locator
        self._thread: threading.Thread | None = None
        self._watchdog: threading.Thread | None = None
        self._stop, self._closing = threading.Event(), threading.Event()
        self.stall_seconds, self.restarts = STALL_SECONDS, 0
        self._bar, self._check = BarWatch(), BarCheck()
        self._cover = self._note = ""
        self._reader: LineReader | None = None
        self._health = Health("screen", "off", "not started")
        self._seen: deque[Seen] = deque(maxlen=KEPT)
        self._fingerprint, self._judge = Fingerprint(), Judge()
        self._reading: Reading | None = None
        self._changed_at = 0.0
        self.beat = 0.0
        """Monotonic time of the last turn of the loop; the watchdog looks at it."""

    def start(self, emit: Emit) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        if self._rules.region is None and self._rules.bar is None:
            self._say(
                "off",
                "no region chosen",
                "choose where the XP stands: in the tray's menu, or with combatlens ctl setup",
            )
            return
        self._closing = threading.Event()
        self._say("starting", "opening the screen")
        self._launch(emit)
        self._watchdog = threading.Thread(
            target=self._guard, args=(emit, self._closing), name="screen-watchdog", daemon=True
        )
        self._watchdog.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._closing.set()
        self._stop.set()
        for thread in (self._watchdog, self._thread):
            if thread is not None:
                thread.join(timeout)
        if self._thread is not None:
            self._thread = self._watchdog = None
            self._say("off", "stopped")

    def _launch(self, emit: Emit) -> None:
        self._stop = threading.Event()
        self.beat = self._clock.monotonic()
        self._thread = threading.Thread(target=self._run, args=(emit, self._stop), name="screen", daemon=True)
        self._thread.start()

    def _guard(self, emit: Emit, closing: threading.Event) -> None:
        """The watchdog: a loop that made no turn for long is left behind, and a new one started."""
        while not closing.wait(self.stall_seconds / 10):
            if self._clock.monotonic() - self.beat > self.stall_seconds and not closing.is_set():
                self._stop.set()
                self.restarts += 1
                self._say("warning", "loop stalled: started anew", "if this repeats, save a report in Diagnostics")
                self._fingerprint.forget()
                self._launch(emit)

    def health(self) -> Health:
        return self._health

    @property
    def learned(self) -> str:
        """The characters that the reader has learned by their looks, for the diagnostics."""
        return str(getattr(self._reader, "learned", ""))

    @property
    def glyph_pictures(self) -> list[tuple[str, bool, Image]]:
        """Each learned glyph: its character, whether it is trusted yet, and its picture."""
        return list(getattr(self._reader, "glyph_pictures", ()))

    def recent(self) -> tuple[Seen, ...]:
        """The last judged pictures, oldest first, for the diagnostics panel."""
        return tuple(self._seen)

    def _run(self, emit: Emit, stop: threading.Event) -> None:
        pause = 1.0 / self._rules.frames_per_second
        while not stop.is_set():
            try:
                self._watch(emit, stop, pause)
            except EnvironmentFault as fault:
                self._fingerprint.forget()
                self._say("warning", fault.what, fault.remedy)
                stop.wait(RETRY_SECONDS)

    def _watch(self, emit: Emit, stop: threading.Event, pause: float) -> None:
        """Open everything, look until told to stop; on a fault close everything and let it through."""
        locator: Locator = self._open_locator() if self._open_locator else WholeScreen()
        grabber = reader = None
        try:
            grabber, reader = self._open_grabber(), self._open_reader()
            self._reader = reader
            due = self._clock.monotonic()
            while not stop.is_set():
                self._turn(locator, grabber, reader, emit, stop)
                self.beat = self._clock.monotonic()
                due = max(due + pause, self.beat)  # a late turn is not made up for: the oldest pictures drop
                stop.wait(due - self.beat)
        finally:
            for held in (locator, grabber, reader):
                if held is not None:
                    held.close()

    def _turn(
        self, locator: Locator, grabber: FrameGrabber, reader: LineReader, emit: Emit, stop: threading.Event
    ) -> None:
        text, bar = self._rules.region, self._rules.bar
        place = locator.locate(text or bar or Region(0, 0, 1, 1))
        if self._covered(place):
            self._fingerprint.forget()
            self._say("warning", "covered by the overlay", "move the overlay off the XP, or hide it")
            reader.idle()
            return
        look_at_bar = bar is not None and self._bar.due(self._clock.monotonic())
        if text is None and not look_at_bar:
            return
        image = grabber.grab(place.x, place.y, place.width, place.height)
        if text is not None and self._rules.scale > 1:
            image = enlarged(image, self._rules.scale)
        filled = None
        if text is None:
            filled = self._bar.read(image)
        elif bar is not None and not look_at_bar:
            filled = self._bar.reading
        elif bar is not None:
            beside = locator.locate(bar)
            filled = self._bar.read(grabber.grab(beside.x, beside.y, beside.width, beside.height))
        if stop.is_set():
            return  # left behind by the watchdog: another loop is at work
        verdict = self.look(image, reader, emit, filled)
        reader.idle()
        doubtful = verdict.state == "ignored" or self._judge.last is None
        self._cover = locator.cover(place) if doubtful else ""

    def look(self, image: Image, reader: LineReader, emit: Emit, bar: BarReading | None = None) -> Verdict:
        """One turn: what the picture (and the bar) says and what became of it."""
        at, steady = self._clock.now(), self._clock.monotonic()
        changed = self._fingerprint.changed(image) or self._reading is None or self._reading.put_off
        if changed or self._reading is None:
            only_bar = bar is not None and self._rules.region is None
            self._reading = percentage(bar, self._judge.last) if bar is not None and only_bar else reader.read(image)
            self._changed_at = self._changed_at or steady
        against = self._check.against(self._reading, bar, steady)
        weigh = self._judge.weigh if changed else self._judge.again
        verdict = weigh(self._reading, steady, cover=self._cover, against=against)
        if changed:
            self._seen.append(Seen(at, image, verdict))
        if self._count is not None and changed:
            self._count.looked(verdict, self._clock.monotonic() - steady)
        elif self._count is not None:
            self._count.looked_again(verdict)
        if verdict.changed:
            if verdict.reading is self._reading:
                reader.confirm(image, verdict.reading)
            self._changed_at = steady
            self._note = f": {verdict.reason}" if verdict.baseline else ""
            emit([self._occurrence(verdict, at)])
        self._tell(verdict, steady)
        return verdict

    def _occurrence(self, verdict: Verdict, at: float) -> Occurrence:
        reading, found = verdict.reading, verdict.reading.found
        event = XpReading(
            value=found.value, percent=found.percent, needed=found.needed, level=found.level,
            confidence=min(1.0, max(0.0, reading.confidence)), character=self._character,
            meta={"baseline": True} if verdict.baseline else None,
        )  # fmt: skip
        return Occurrence(event, at, self.name, 1.0 / self._rules.frames_per_second)

    def _tell(self, verdict: Verdict, steady: float) -> None:
        if verdict.reading.put_off and not verdict.reading.looks and self._health.state != "starting":
            return  # nobody looked: what was said of the last look stands
        if verdict.state == "accepted":
            still = steady - self._changed_at
            if still >= STILL_SECONDS:
                words = f"nothing has changed for {int(still // 60)} min"
                self._say("warning", words, "is the game running, and the region right?", still)
            else:
                self._say("ok", f"reads {verdict.reading.text}{self._note or self._check.note}")
        elif self._check.stands(steady):
            self._say("warning", verdict.reason, DISAGREE)
        elif verdict.state == "pending":
            self._say("ok" if self._judge.last else "starting", f"waiting: {verdict.reason}")
        elif self._cover:
            self._say("warning", f"covered by {self._cover}: {verdict.reason}", "move it away from the XP text")
        else:
            self._say("warning", verdict.reason, "see Diagnostics for the pictures and what was read")

    def _say(self, state: HealthState, message: str, remedy: str = "", ago: float = 0.0) -> None:
        """`ago`: for so many seconds already."""
        if (self._health.state, self._health.message) != (state, message):
            self._health = Health("screen", state, message, remedy, self._clock.now() - ago)
