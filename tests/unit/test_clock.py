from __future__ import annotations

import time

import pytest

from combatlens.adapters.clock import MAX_DRIFT_S, SystemClock
from combatlens.ports import Clock


class Hands:
    """Two dials that a test turns by hand."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self.counter = 50.0

    def clock(self) -> SystemClock:
        return SystemClock(wall=lambda: self.wall, counter=lambda: self.counter)

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.counter += seconds


def test_time_passes_with_the_counter() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_time(90.0)
    assert clock.now() == 1_700_000_090.0
    assert clock.monotonic() == 140.0


@pytest.mark.parametrize("step", [-1.9, -0.5, 1.9])
def test_a_small_step_of_the_wall_clock_is_not_followed(step: float) -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_time(10.0)
    hands.wall += step
    assert clock.now() == 1_700_000_010.0


@pytest.mark.parametrize("step", [-3600.0, -MAX_DRIFT_S - 0.1, MAX_DRIFT_S + 0.1, 86_400.0])
def test_a_large_step_sets_the_anchor_anew_and_time_runs_on_from_there(step: float) -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_time(10.0)
    hands.wall += step
    assert clock.now() == pytest.approx(1_700_000_010.0 + step)
    hands.pass_time(5.0)
    hands.wall += 1.0
    assert clock.now() == pytest.approx(1_700_000_015.0 + step)


def test_a_suspend_that_the_counter_counts_is_in_the_time() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_time(8 * 3600.0)
    assert clock.now() - 1_700_000_000.0 == 8 * 3600.0


def test_a_suspend_that_the_counter_misses_is_made_good() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 8 * 3600.0
    assert clock.now() - 1_700_000_000.0 == 8 * 3600.0


def test_the_real_clock_agrees_with_the_system_and_is_a_clock() -> None:
    clock: Clock = SystemClock()
    assert abs(clock.now() - time.time()) < MAX_DRIFT_S
    first = clock.monotonic()
    assert clock.monotonic() >= first
