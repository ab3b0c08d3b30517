"""The trials of a home, read beside whoever records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage.learning import SqlLearning
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past_store
from combatlens.domain.fold import FoldRules
from combatlens.services.trial_book import TrialBook


class HomeTrials(NamedTuple):
    book: TrialBook
    reader: SqlLearning

    def states(self) -> list[dict[str, Any]]:
        return self.book.states(self.reader.history())


@contextmanager
def open_trials(home: Home) -> Iterator[HomeTrials]:
    """Raises EnvironmentFault."""
    with open_past_store(home) as (engine, _):
        yield HomeTrials(TrialBook(home.trials, SystemClock()), SqlLearning(engine, lambda _profile: FoldRules()))
