"""What tray and hotkeys ask for is about the session that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

import pytest
from tests.clocks import HandClock

from combatlens.domain.events import Occurrence, SessionOp
from combatlens.domain.snapshot import Snapshot
from combatlens.ports import Origin, Receipt
from combatlens.services.live import ControlService, LiveService


class Heard:
    """A recorder that keeps what it is told, and of whom."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
        origin: Origin | None = None,
    ) -> Future[Receipt]:  # fmt: skip
        for one in batch:
            told = one.event.op if isinstance(one.event, SessionOp) else type(one.event).__name__
            self.told.append((told, character))
        done: Future[Receipt] = Future()
        done.set_result(Receipt(len(batch)))
        return done


@pytest.fixture
def live() -> LiveService:
    return LiveService(HandClock(), character="player", profile="default", version="9", health=tuple)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def control(live: LiveService, heard: Heard) -> ControlService:
    return ControlService(heard, HandClock(), lambda character: live.status(character).current)


def ask_all(control: ControlService) -> None:
    control.start()
    control.toggle_pause()
    control.pause()
    control.resume()
    control.mark("boss")
    control.count_kill()
    control.count_death()
    control.end()


def test_it_is_about_the_bots_session_where_only_that_one_runs(
    control: ControlService, live: LiveService, heard: Heard
) -> None:
    live.publish({"Ana": Snapshot(character="Ana", state="paused", pause_reasons=("user",))})
    ask_all(control)
    of_ana = ("resume", "pause", "resume", "Mark", "Kill", "Death", "end")
    assert heard.told == [("start", ""), *((what, "Ana") for what in of_ana)]


def test_it_is_about_the_profiles_character_otherwise(control: ControlService, live: LiveService, heard: Heard) -> None:
    ask_all(control)
    live.publish({"Ana": Snapshot(character="Ana", state="active"), "player": Snapshot(character="player")})
    ask_all(control)
    assert {character for what, character in heard.told if what != "start"} == {"player"}


def test_who_names_a_character_means_it(control: ControlService, live: LiveService, heard: Heard) -> None:
    live.publish({"Ana": Snapshot(character="Ana", state="active")})
    control.end(character="Bob")
    assert heard.told == [("end", "Bob")]
