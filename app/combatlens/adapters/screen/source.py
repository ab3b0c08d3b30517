"""The screen as a source of XP readings: grab, compare, read, judge, emit, on a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.screen.fingerprint import Fingerprint
from combatlens.adapters.screen.judge import Judge, Verdict
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence, XpReading
from combatlens.domain.profile import Region, ScreenRules
from combatlens.domain.snapshot import Health
from combatlens.ports import Clock, FrameGrabber, Receipt

if TYPE_CHECKING:
    from combatlens.ports import Image

Emit = Callable[[Sequence[Occurrence]], Future[Receipt]]

STILL_SECONDS = 300.0
RETRY_SECONDS = 1.0
KEPT = 60


class LineReader(Protocol):
    """Reads a picture of one line and is told what became of it."""

    def read(self, image: Image) -> Reading: ...
    def confirm(self, image: Image, reading: Reading) -> None: ...
    def close(self) -> None: ...


class Locator(Protocol):
    """Where the region is now, in physical pixels of the screen."""

    def locate(self) -> Region:
        """Raises EnvironmentFault while it is nowhere (window gone, minimised …)."""

    def close(self) -> None: ...


class FixedRegion:
    """A rectangle of the screen that does not move."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def locate(self) -> Region:
        return self._region

    def close(self) -> None:
        """Nothing is held open."""


class Seen(Struct, frozen=True):
    """One judged picture, for the diagnostics. `at`: Unix seconds."""

    at: float
    image: Image
    verdict: Verdict


class ScreenSource:
    """`ports.EventSource` over a screen region.

    `open_reader` and `open_grabber` run on the source's own thread: both hold things that belong to one.
    """

    name = "screen"

    def __init__(
        self, rules: ScreenRules, clock: Clock, *, open_grabber: Callable[[], FrameGrabber],
        open_reader: Callable[[], LineReader], open_locator: Callable[[], Locator] | None = None,
        character: str | None = None,
    ) -> None:  # fmt: skip
        self._rules, self._clock, self._character = rules, clock, character
        self._open_grabber, self._open_reader, self._open_locator = open_grabber, open_reader, open_locator
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
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
        if self._rules.region is None and self._open_locator is None:
            self._say("off", "no region chosen", "choose where the XP stands: Settings, Game, Choose region")
            return
        self._stop = threading.Event()
        self._say("starting", "opening the screen")
        self.beat = self._clock.monotonic()
        self._thread = threading.Thread(target=self._run, args=(emit, self._stop), name="screen", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None
            self._say("off", "stopped")

    def health(self) -> Health:
        return self._health

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
        locator = self._open_locator() if self._open_locator else FixedRegion(self._rules.region or Region(0, 0, 1, 1))
        grabber = reader = None
        try:
            grabber, reader = self._open_grabber(), self._open_reader()
            due = self._clock.monotonic()
            while not stop.is_set():
                place = locator.locate()
                image = grabber.grab(place.x, place.y, place.width, place.height)
                self.look(image, reader, emit)
                self.beat = self._clock.monotonic()
                due = max(due + pause, self.beat)  # a late turn is not made up for: the oldest pictures drop
                stop.wait(due - self.beat)
        finally:
            for held in (locator, grabber, reader):
                if held is not None:
                    held.close()

    def look(self, image: Image, reader: LineReader, emit: Emit) -> Verdict:
        """One turn: what the picture says and what became of it."""
        at, steady = self._clock.now(), self._clock.monotonic()
        if self._fingerprint.changed(image) or self._reading is None:
            self._reading = reader.read(image)
            self._changed_at = steady
            verdict = self._judge.weigh(self._reading, steady)
            self._seen.append(Seen(at, image, verdict))
        else:
            verdict = self._judge.again(self._reading, steady)
        if verdict.changed:
            if verdict.reading is self._reading:
                reader.confirm(image, verdict.reading)
            emit([self._occurrence(verdict.reading, at)])
        self._tell(verdict, steady)
        return verdict

    def _occurrence(self, reading: Reading, at: float) -> Occurrence:
        found = reading.found
        event = XpReading(
            value=found.value, percent=found.percent, needed=found.needed, level=found.level,
            confidence=min(1.0, max(0.0, reading.confidence)), character=self._character,
        )  # fmt: skip
        return Occurrence(event, at, self.name, 1.0 / self._rules.frames_per_second)

    def _tell(self, verdict: Verdict, steady: float) -> None:
        if verdict.state == "accepted":
            still = steady - self._changed_at
            if still >= STILL_SECONDS:
                self._say("ok", f"nothing has changed for {int(still // 60)} min", "check that the region is right")
            else:
                self._say("ok", f"reads {verdict.reading.text}")
        elif verdict.state == "pending":
            self._say("ok" if self._judge.last else "starting", f"waiting: {verdict.reason}")
        else:
            self._say("warning", verdict.reason, "see Diagnostics for the pictures and what was read")

    def _say(self, state: str, message: str, remedy: str = "") -> None:
        if (self._health.state, self._health.message) != (state, message):
            self._health = Health("screen", state, message, remedy, self._clock.now())  # type: ignore[arg-type]
