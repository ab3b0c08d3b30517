"""The user's trials: `<home>/trials.json`, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from combatlens.domain.present import iso
from combatlens.learning.guided import Trial, make_trial, trial_state
from combatlens.learning.history import History, history_of
from combatlens.learning.history_bytes import unpack
from combatlens.ports import Clock
from combatlens.services.list_file import ListFile, free_name


class TrialBook:
    """Trials in a file. `learned`: `Learned.history` of the learner's last run, None before the first."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._file = ListFile(path, list[Trial], "trial", lambda trial: trial.trial_id, "combatlens trial list", clock)

    def trials(self) -> list[Trial]:
        return self._file.all()

    def add(
        self, kind: str, a: str, b: str, *, metric: str, difference: float, trial_id: str = "", character: str = ""
    ) -> Trial:
        """A trial that begins now. Raises EnvironmentFault for what cannot be compared or an id that is taken."""

        def make(known: Sequence[Trial]) -> Trial:
            name = trial_id or free_name(f"{b} {a}", [one.trial_id for one in known])
            return make_trial(
                name, kind, a, b, metric=metric, difference=difference, now=self._clock.now(), character=character
            )

        return self._file.add(make)

    def remove(self, trial_id: str) -> Trial:
        """Raises NotFound."""
        return self._file.remove(trial_id)

    def states(self, learned: bytes | None) -> list[dict[str, Any]]:
        history = (unpack(learned) if learned else None) or history_of([])
        return trial_states(history, self.trials())


def trial_states(history: History, trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """`trial_state` of each, times in ISO 8601."""
    return [
        {**state, "created_at": iso(state["created_at"])} for state in (trial_state(history, one) for one in trials)
    ]
