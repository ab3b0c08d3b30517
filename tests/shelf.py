"""A store in memory, for tests and benchmarks of the learner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from tests.learn_world import SMALL, START, play, record, summary_of

from combatlens.learning.followed import Followed
from combatlens.services.learn_worker import SessionToLearn
from combatlens.services.learner import Learned


class Shelf:
    """What the learner asks a store, in memory. `minutes`: of the sessions that `play` makes."""

    def __init__(self, minutes: float = 6.0) -> None:
        self.minutes = minutes
        self.sessions: dict[str, SessionToLearn] = {}
        self.stats: dict[str, bytes] = {}
        self.blob: bytes | None = None

    def play(self, session_id: str, day: int, seed: int) -> None:
        told = play(SMALL, self.minutes, np.random.default_rng(seed), START + day * 86_400)
        events = record(told, session_id)
        self.sessions[session_id] = SessionToLearn(summary_of(events), events)
        self.stats.pop(session_id, None)

    def commit(self, result: Learned) -> None:
        self.stats.update(result.stats)
        self.blob = result.history

    def pending(self) -> Sequence[str]:
        return sorted(self.sessions.keys() - self.stats.keys())

    def session(self, session_id: str) -> SessionToLearn:
        return self.sessions[session_id]

    def known(self) -> Sequence[str]:
        return list(self.stats)

    def kept(self) -> Iterable[bytes]:
        return self.stats.values()

    def history(self) -> bytes | None:
        return self.blob

    def followed(self) -> Followed:
        return Followed()
