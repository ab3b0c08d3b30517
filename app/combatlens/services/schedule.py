"""Something done every so often, in step with the clock, until it is told to stop."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Clock

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
SHORTEST_S = 60.0
NAP_S = 5.0
"""It looks up this often: a turn that fell into suspend is taken soon after waking, and Ctrl-C is heard on Windows."""


def parse_every(text: str) -> float:
    """`6h`, `90m`, `1d12h` … in seconds. Raises EnvironmentFault for anything else, and for under a minute."""
    parts = re.fullmatch(r"\s*((\d+(?:\.\d+)?\s*[smhdw]\s*)+)", text.lower())
    if not parts:
        raise EnvironmentFault(f"{text!r} is no span of time", "write it as 6h, 90m or 1d")
    seconds = sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.lower()))
    if seconds < SHORTEST_S:
        raise EnvironmentFault(f"every {text} is too often", "use a minute or more")
    return seconds


def next_time(last: float, every: float, now: float) -> float:
    """The first of `last` + 1, 2, 3 … × `every` that is not over yet; turns that were missed are not made up for.

    A clock that was put back does not make the wait longer than `every`.
    """
    if now < last:
        return now + every
    return last + max(1.0, math.ceil((now - last) / every)) * every


def repeat(
    work: Callable[[], object], every: float, clock: Clock, wait: Callable[[float], bool], *, times: int | None = None
) -> int:
    """Do `work` at once and then every `every` seconds; answers with how often it was done.

    `wait(seconds)` sleeps and says whether to stop (as `threading.Event.wait` does). `times`: stop after so many turns.
    """
    done = 0
    due = start = clock.now()
    while True:
        now = clock.now()
        if now >= due or now < start:
            work()
            done += 1
            if times is not None and done >= times:
                return done
            start = due if now >= due else now
            due = next_time(start, every, clock.now())
        if wait(min(NAP_S, max(0.0, due - clock.now()))):
            return done
