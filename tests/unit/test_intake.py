"""What was refused is counted by reason, a session at a time; late events are told."""

from __future__ import annotations

import threading

import pytest

from combatlens.adapters.ocr.reading import unreadable
from combatlens.adapters.screen.count import LookCount
from combatlens.adapters.screen.judge import State, Verdict
from combatlens.learning.actions import extract
from combatlens.learning.live.slow import SlowWatch
from combatlens.learning.operations import Refusal
from combatlens.learning.session_alerts import session_alerts
from combatlens.learning.session_record import SessionStats
from combatlens.learning.told import SourceTotals
from combatlens.services.intake import (
    REASONS_KEPT,
    SESSIONS_KEPT,
    Intake,
    IntakeCounts,
    RefusedCount,
    keep_counts,
    load_counts,
    summed,
)


class Clock:
    at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class Shelf:
    machine = ""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def document(self, name: str) -> str | None:
        return self.kept.get(name)

    def put_document(self, name: str, body: str | None) -> None:
        assert body is not None
        self.kept[name] = body


def test_reasons_are_counted_without_their_values() -> None:
    intake = Intake(Clock())
    for late in (301, 4_000.5):
        intake.refused("bot", "skill_event", f"`at` is {late} s in the future; check the sender's clock")
    intake.refused("bot", "kill_event", "`at` is no time: 'Grubnak the Name'")
    counts = intake.counts("s1")
    assert counts is not None
    assert counts.refused[0] == RefusedCount(
        "bot", "skill_event", "`at` is # s in the future; check the sender's clock", 2
    )
    assert counts.refused[1].reason == "`at` is no time: …"
    assert intake.counts("s2") is None, "what was counted is counted once"


def test_endless_new_reasons_cost_no_memory() -> None:
    intake = Intake(Clock())
    for number in range(5_000):
        intake.refused("bot", "event", "no field " + chr(0x4E00 + number))
    counts = intake.counts("s1")
    assert counts is not None
    assert len(counts.refused) == REASONS_KEPT + 1
    assert counts.refused[0] == RefusedCount("bot", "event", "other reasons", 5_000 - REASONS_KEPT)


def test_many_threads_lose_no_count() -> None:
    intake = Intake(Clock())
    threads = [threading.Thread(target=lambda: [intake.refused("bot", "e", "r") for _ in range(500)]) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    counts = intake.counts("")
    assert counts is not None
    assert counts.refused[0].count == 2_000


def test_the_newest_sessions_are_kept_and_summed() -> None:
    shelf, clock = Shelf(), Clock()
    intake = Intake(clock)
    for number in range(SESSIONS_KEPT + 5):
        clock.at = float(number)
        for seconds, state in ((0.01, "accepted"), (0.03, "ignored"), (0.02, "pending")):
            intake.looked(seconds, state)
        intake.refused("screen", "reading", "no digits")
        counts = intake.counts(f"s{number}")
        assert counts is not None
        keep_counts(shelf, counts)
    kept = load_counts(shelf)
    assert (len(kept), kept[-1].session_id) == (SESSIONS_KEPT, f"s{SESSIONS_KEPT + 4}")
    found = summed(kept, since=SESSIONS_KEPT + 3)
    assert found["refused"] == [{"source": "screen", "what": "reading", "reason": "no digits", "count": 2}]
    assert found["screen"] == {
        "sessions": 2, "pictures": 6, "accepted": 2, "refused": 2, "seconds_p50": pytest.approx(0.02),
        "seconds_p95": pytest.approx(0.03),
    }  # fmt: skip
    assert summed([])["screen"]["seconds_p95"] is None


def test_a_broken_document_is_nothing() -> None:
    shelf = Shelf()
    shelf.kept["intake"] = '[{"session_id": 5}'
    keep_counts(shelf, IntakeCounts(session_id="s"))
    assert [one.session_id for one in load_counts(shelf)] == ["s"]


def test_counted_refusals_teach() -> None:
    found = extract([], [Refusal("reading", "no digits", None, 40), Refusal("reading", "covered", None, 2)])
    assert found.refusals == 42
    [learning] = found.learnings
    assert learning.pattern == "reading_validation_failures"
    assert learning.description == "reading was refused 42 times, 40 of them because: no digits"
    assert learning.recommendation == "Look at the screen region in Diagnostics: no digits"
    assert learning.confidence >= 0.6


def test_late_events_are_told_once_and_again_after_it_was_well() -> None:
    watch = SlowWatch()
    assert watch.feed({"bot": [9.0] * 19}, 0.0, "s") == [], "too few to judge"
    [alert] = watch.feed({"bot": [0.1] * 18 + [2.0] * 3}, 10.0, "s")
    assert (alert.kind, alert.severity, alert.metric, alert.since) == ("slow_answers", "medium", "delay_p95_s", 10.0)
    assert watch.feed({"bot": [6.0] * 30}, 20.0, "s") == []
    assert watch.feed({"bot": [0.1] * 30}, 30.0, "s") == []
    [again] = watch.feed({"bot": [6.0] * 30}, 40.0, "s")
    assert (again.severity, again.since) == ("high", 40.0)
    assert watch.feed({"log": [4_000.0] * 50}, 50.0, "s") == [], "an import is late by nature"


def test_a_session_whose_events_came_late_has_an_alert() -> None:
    stats = SessionStats(session_id="s", start=0.0, end=60.0, active_s=60.0, xp=0, damage=0, kills=0, deaths=0)
    late, well, few = (SourceTotals(events=n, delay_p95_s=p) for n, p in ((50, 3.0), (50, 0.2), (5, 9.0)))
    found = session_alerts(stats, {}, (), {"bot": late, "screen": well, "hotkey": few})
    assert [(alert.kind, alert.observed, alert.session_id) for alert in found] == [("slow_answers", 3.0, "s")]


def test_a_reading_that_waited_counts_as_what_became_of_it() -> None:
    intake = Intake(Clock())
    count = LookCount(intake, "screen")
    reading = unreadable("no digits", reader="glyphs")
    looks: tuple[tuple[State, bool, bool], ...] = (
        ("pending", False, False), ("accepted", True, True),  # seen twice: read
        ("pending", False, False), ("accepted", False, False),  # the old value came back: refused
        ("ignored", False, False), ("accepted", True, False),
    )  # fmt: skip
    for state, changed, again in looks:
        verdict = Verdict(state, "a jump", reading, changed)
        if again:
            count.looked_again(verdict)
        else:
            count.looked(verdict, 0.01)
    counts = intake.counts("s")
    assert counts is not None
    assert (counts.looks.pictures, counts.looks.accepted, counts.looks.refused) == (5, 3, 2)
    assert {row.reason for row in counts.refused} == {"a jump", "a jump: the old value came back"}
