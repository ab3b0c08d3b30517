"""Counts how the reader does: what became of each picture that had changed, and what was refused."""

from __future__ import annotations

from combatlens.adapters.screen.judge import Verdict
from combatlens.services.intake import READING, Intake


class LookCount:
    """A reading is refused when it cannot be read, or when it waited and the old value came back instead."""

    def __init__(self, intake: Intake, source: str) -> None:
        self._intake, self._source = intake, source
        self._waiting: Verdict | None = None

    def looked_again(self, verdict: Verdict) -> None:
        """At a picture that had not changed."""
        if verdict.changed and self._waiting is not None:
            self._waiting = None
            self._intake.settled()

    def looked(self, verdict: Verdict, seconds: float) -> None:
        """At a picture that had changed; `seconds`: that it took."""
        self._intake.looked(seconds, verdict.state)
        if verdict.state == "ignored":
            self._intake.refused(self._source, READING, verdict.reason)
        elif verdict.state == "pending":
            self._waiting = verdict
        else:
            if self._waiting is not None and not verdict.changed:
                self._intake.refused(self._source, READING, f"{self._waiting.reason}: the old value came back")
            self._waiting = None
