"""The live status as the windows show it: with the hotkeys that could not be had among what is wrong."""

from __future__ import annotations

import msgspec

from combatlens.domain.snapshot import Health, LiveStatus
from combatlens.ports import HotkeyProblem, Live

INTENT_WORDS = {
    "start": "Start a session",
    "pause": "Pause or resume",
    "end": "End session",
    "mark": "Mark a moment",
    "kill": "Count a kill",
    "death": "Count a death",
    "overlay": "Show or hide overlay",
    "lock": "Lock or unlock overlay",
}


class LiveView:
    """A `Live` over another one. Where a source named `hotkeys` reports a problem itself, that stands."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self.problems: tuple[HotkeyProblem, ...] = ()

    def status(self) -> LiveStatus:
        status = self._live.status()
        told = any(line.name == "hotkeys" and line.state in ("warning", "failed") for line in status.health)
        if told or not self.problems:
            return status
        others = tuple(line for line in status.health if line.name != "hotkeys")
        lines = tuple(Health("hotkeys", "warning", _words(problem), problem.remedy) for problem in self.problems)
        return msgspec.structs.replace(status, health=(*others, *lines))


def _words(problem: HotkeyProblem) -> str:
    return f"{problem.key} ({INTENT_WORDS.get(problem.intent, problem.intent)}): {problem.what}"
