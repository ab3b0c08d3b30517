"""The screen source: unchanged pictures are not read, faults are told in words and recovered from."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import numpy as np
from tests.clocks import HandClock

from combatlens.adapters.ocr.bar import BarReading
from combatlens.adapters.ocr.reading import Look, Reading, unreadable
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.bar_watch import BarWatch
from combatlens.adapters.screen.fingerprint import Fingerprint
from combatlens.adapters.screen.source import ScreenSource
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region, ScreenRules


class Script:
    """A game's display: `show` sets its text; the picture is that text's bytes."""

    def __init__(self, clock: HandClock | None = None) -> None:
        """`clock`: moved on by a tenth of a second with each picture."""
        self.text, self.reads, self.fault, self.closed, self.clock = "", 0, "", 0, clock

    def grab(self, x, y, width, height):
        if self.clock is not None:
            self.clock.time += 0.1
        if self.fault:
            raise EnvironmentFault(self.fault, "bring it back")
        return np.frombuffer(self.text.encode().ljust(48), np.uint8).reshape(4, 4, 3)

    def bounds(self):
        return (0, 0, 100, 100)

    def read(self, image):
        self.reads += 1
        found = parse_xp(self.text)
        return Reading(text=self.text, found=found, confidence=0.9, reader="glyphs", reason=found.reason, sure=True)

    def confirm(self, image, reading):
        self.confirmed = reading

    def idle(self):
        self.idled = True

    def close(self):
        self.closed += 1


def source(script: Script, clock, **more) -> ScreenSource:
    rules = ScreenRules(region=Region(0, 0, 4, 4), frames_per_second=60, **more)
    return ScreenSource(rules, clock, open_grabber=lambda: script, open_reader=lambda: script, character="Ann")


def done(_batch):
    future: Future = Future()
    future.set_result(None)
    return future


def test_unchanged_pictures_are_not_read_again():
    script, clock, got = Script(), HandClock(), []
    watched = source(script, clock)
    script.text = "1,000 / 9,000"
    for _ in range(50):
        clock.time += 0.1
        watched.look(script.grab(0, 0, 4, 4), script, lambda batch: got.extend(batch) or done(batch))
    assert script.reads == 1
    assert [(item.event.value, item.event.needed, item.source) for item in got] == [(1000, 9000, "screen")]
    assert got[0].event.character == "Ann"
    assert watched.health().state == "ok"


def test_a_still_picture_that_nobody_looked_at_is_read_later():
    script, clock, got = Script(), HandClock(), []
    watched, really = source(script, clock), script.read
    script.text = "1,000 / 9,000"
    script.read = lambda image: unreadable("reader unsure: not learned yet", put_off=True)
    for turn in range(20):
        if turn == 4:
            script.read = really
        clock.time += 0.1
        watched.look(script.grab(0, 0, 4, 4), script, lambda batch: got.extend(batch) or done(batch))
    assert [item.event.value for item in got] == [1000]
    assert script.reads == 1


def test_what_teachers_saw_in_vain_is_said_though_the_picture_is_read_again():
    script, clock = Script(), HandClock()
    watched = source(script, clock)
    look = Look("one", "v", "mist", 0.1, parse_xp("mist"))
    for reason, looks in (("no text found", ()), ("reader unsure: one reader alone", (look,))):
        script.read = lambda image, reason=reason, looks=looks: unreadable(reason, looks, put_off=bool(looks))
        clock.time += 0.1
        script.text = reason  # another picture
        watched.look(script.grab(0, 0, 4, 4), script, done)
        assert watched.health().message == reason


def test_nothing_changed_for_long_is_said():
    script, clock = Script(), HandClock()
    watched = source(script, clock)
    script.text = "1,000"
    for step in (0.1, 0.5, 0.6, 0.1, 200, 200):
        clock.time += step
        watched.look(script.grab(0, 0, 4, 4), script, done)
    assert "nothing has changed for" in watched.health().message


def test_thread_reads_survives_a_fault_and_stops():
    clock, got = HandClock(), []
    script, arrived = Script(clock), threading.Event()

    def emit(batch):
        got.extend(batch)
        arrived.set()
        return done(batch)

    watched = source(script, clock)
    script.text = "1,000 / 9,000"
    watched.start(emit)
    assert arrived.wait(5)
    script.fault = "game window not found"
    pause = threading.Event()
    for _ in range(500):
        if watched.health().message == "game window not found":
            break
        pause.wait(0.01)
    assert watched.health().remedy == "bring it back"
    arrived.clear()
    script.fault, script.text = "", "1,100 / 9,000"
    assert arrived.wait(5)
    watched.stop()
    watched.stop()
    assert [item.event.value for item in got] == [1000, 1100]
    assert script.closed == 4, "grabber and reader are closed at the fault and at the end"
    assert "screen" not in [thread.name for thread in threading.enumerate()]


def test_without_a_region_it_says_what_to_do():
    watched = ScreenSource(ScreenRules(), HandClock(), open_grabber=Script, open_reader=Script)
    watched.start(done)
    assert (watched.health().state, watched.health().message) == ("off", "no region chosen")
    assert watched.health().remedy


def test_a_stalled_loop_is_left_behind_and_started_anew():
    clock, got = HandClock(), []
    script = Script(clock)
    stuck, arrived, grabs = threading.Event(), threading.Event(), []
    real = script.grab

    def grab(*place):
        grabs.append(1)
        if len(grabs) == 1:
            clock.time += 100
            stuck.wait(10)
        return real(*place)

    def emit(batch):
        got.extend(batch)
        arrived.set()
        return done(batch)

    script.grab, script.text = grab, "1,000 / 9,000"
    watched = source(script, clock)
    watched.stall_seconds = 0.5
    watched.start(emit)
    assert arrived.wait(5)
    assert watched.restarts == 1
    stuck.set()
    watched.stop()
    for thread in threading.enumerate():
        if thread.name == "screen":
            thread.join(5)
    assert len(got) == 1


def test_bar_alone_and_bar_beside_the_text():
    script, clock, got = Script(), HandClock(), []
    watched = ScreenSource(ScreenRules(bar=Region(0, 0, 4, 4)), clock, open_grabber=Script, open_reader=Script)
    for step in range(40):
        clock.time += 0.1
        script.text = f"{step}"
        bar = BarReading(40.02 + step % 3 / 100, 0.9)
        watched.look(script.grab(0, 0, 4, 4), script, lambda batch: got.extend(batch) or done(batch), bar)
    assert [item.event.percent for item in got] == [40.0]
    text = source(script, clock)
    script.text = "4,000 / 10,000"
    for _ in range(2000):
        clock.time += 0.1
        verdict = text.look(script.grab(0, 0, 4, 4), script, done, BarReading(90.0, 0.9))
    assert verdict.state == "pending"
    assert verdict.reason == "the bar shows 90.0 %, the text 40.0 %"
    assert (text.health().state, text.health().message) == ("warning", verdict.reason)
    assert "hidden" in text.health().remedy


def values_beside_a_bar(bar_of, first=748) -> tuple[list[float], ScreenSource]:
    """What is accepted of a number that rises by 0.4 % of a level in each two seconds, beside a bar."""
    script, clock, got = Script(), HandClock(), []
    watched = source(script, clock)
    for step in range(400):
        value = first + 360 * (step // 20)
        clock.time += 0.1
        script.text = f"{value} / 90000"
        bar = BarReading(bar_of(100 * value / 90_000), 0.9)
        watched.look(script.grab(0, 0, 4, 4), script, lambda batch: got.extend(batch) or done(batch), bar)
    return [item.event.value for item in got], watched


def test_a_bar_that_moves_with_the_text_at_a_distance_says_that_digits_are_hidden():
    """31748 / 90000 with its first two digits covered: nothing is believed."""
    values, watched = values_beside_a_bar(lambda percent: percent + 34.4)
    assert values == []
    assert watched.health().state == "warning"


def test_a_bar_that_does_not_move_with_the_text_is_another_bar():
    for other in (lambda _: 60.0, lambda percent: 90 - percent):
        values, watched = values_beside_a_bar(other)
        assert values[-1] == 748 + 360 * 19
        assert "the bar does not move with it" in watched.health().message


def test_digits_that_come_to_light_are_a_baseline_and_said():
    script, clock, got = Script(), HandClock(), []
    watched = source(script, clock)
    for script.text in ["748"] * 30 + ["31748"] * 105:
        clock.time += 0.1
        watched.look(script.grab(0, 0, 4, 4), script, lambda batch: got.extend(batch) or done(batch))
    assert [(item.event.value, item.event.meta) for item in got] == [(748, None), (31748, {"baseline": True})]
    assert "first digits were hidden" in watched.health().message


def test_fingerprint_sees_a_single_byte():
    seen, image = Fingerprint(), np.zeros((40, 300, 3), np.uint8)
    assert seen.changed(image)
    assert not seen.changed(image.copy())
    image[39, 299, 2] = 1
    assert seen.changed(image)
    assert seen.changed(image.reshape(300, 40, 3))


def test_a_bar_that_changes_in_each_frame_is_looked_at_some_times_a_second():
    watched = BarWatch()
    at = [step / 30 for step in range(300)]
    assert 30 <= sum(watched.due(moment) for moment in at) <= 40
