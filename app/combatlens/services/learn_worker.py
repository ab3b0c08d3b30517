"""The learner's own program: reads ended sessions and what was kept of earlier ones, and prints what was learned.

It only reads; its parent commits. scipy is loaded here, never in the overlay.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol

import msgspec
import numpy as np

from combatlens.learning.followed import Followed
from combatlens.learning.goals import GoalState
from combatlens.learning.guided import Trial
from combatlens.learning.history import History, history_of
from combatlens.learning.history_bytes import pack, unpack
from combatlens.learning.insights import insights_of
from combatlens.learning.live.alerts import Alert, to_json
from combatlens.learning.session_alerts import baselines, session_alerts
from combatlens.learning.session_record import SessionStats, decode_stats, encode_stats
from combatlens.learning.session_stats import session_stats
from combatlens.learning.told import Told, told
from combatlens.services.goal_book import goal_json
from combatlens.services.learner import Learned, SessionToLearn
from combatlens.services.trial_book import trial_states

PARENT_GONE = 3
"""Exit code when stdin closed before the work was done."""

AT_ONCE = 500
"""Sessions that one run takes in at most: what it found is kept before the next ones are begun."""


class LearningReader(Protocol):
    """What the worker reads of the store."""

    def pending(self) -> Sequence[str]:
        """Ended sessions without statistics, or changed since theirs were made; the earliest end first."""

    def session(self, session_id: str) -> SessionToLearn:
        """Raises NotFound."""

    def known(self) -> Sequence[str]:
        """The sessions whose statistics are kept and still true."""

    def kept(self) -> Iterable[bytes]:
        """Their statistics, as `Learned.stats` gave them."""

    def history(self) -> bytes | None:
        """`Learned.history` of the last run."""

    def followed(self) -> Followed:
        """The advice ever given, and what was decided outside of sessions."""


def learn(
    reader: LearningReader,
    now: float,
    trials: Sequence[Trial] = (),
    goals: Sequence[GoalState] = (),
    at_once: int = AT_ONCE,
) -> Learned:
    """One run: statistics of what is pending, insights over everything, how trials and goals stand. `now`: Unix
    seconds."""
    fresh, tales = [], {}
    pending = reader.pending()
    for session_id in pending[:at_once]:
        session = reader.session(session_id)
        fresh.append(session_stats(session.summary, session.events, session.rules))
        tales[session_id] = told(session.events)
    history, outdated = _history(reader, fresh)
    alerts = [alert for stats in fresh for alert in _alerts(history, stats, tales[stats.session_id])]
    return Learned(
        stats={stats.session_id: encode_stats(stats) for stats in fresh},
        told=tales,
        history=pack(history),
        insights=insights_of(history, now, reader.followed())
        | {"trials": trial_states(history, trials), "goals": [goal_json(state) for state in goals]},
        alerts=[to_json(alert) for alert in alerts],
        outdated=outdated,
        unfinished=len(pending) > at_once,
    )


def _alerts(history: History, stats: SessionStats, tale: Told) -> list[Alert]:
    past = baselines(history, (stats.character, stats.profile, stats.circumstances.build), stats.start)
    rated = history.column("rating")[history.column("start") <= stats.start]
    return session_alerts(stats, past, tuple(rated[~np.isnan(rated)].tolist()), tale.sources)


def _history(reader: LearningReader, fresh: list[SessionStats]) -> tuple[History, tuple[str, ...]]:
    """The last history with the fresh sessions appended; built anew where one of them does not come last."""
    fresh = sorted(fresh, key=lambda stats: (stats.end, stats.session_id))
    raw = reader.history()
    history = unpack(raw) if raw else None
    new = {stats.session_id for stats in fresh}
    known = set(reader.known()) - new
    if history is not None and {labels.session_id for labels in history.labels} == known:
        if not fresh:
            return history, ()
        if history.follows(fresh[0]):
            history.append(fresh)
            return history, ()
    kept = [decode_stats(one) for one in reader.kept()]
    usable = [stats for stats in kept if stats is not None and stats.session_id not in new]
    lost = known - {stats.session_id for stats in usable}
    return history_of([*usable, *fresh]), tuple(sorted(lost))


def run_worker(
    reader: LearningReader,
    now: float,
    out: BinaryIO | None = None,
    *,
    trials: Sequence[Trial] = (),
    goals: Sequence[GoalState] = (),
) -> int:
    """Do one run, print its result as one JSON object, return the exit code."""
    result = learn(reader, now, trials, goals)
    stream = out or sys.stdout.buffer
    stream.write(msgspec.json.encode(result))
    stream.flush()
    return 0


def end_with_parent(stdin: BinaryIO) -> None:
    """End this process as soon as `stdin` closes: a worker must not outlive the application that asked."""

    descriptor = stdin.fileno()

    def watch() -> None:
        # os.read, not stdin.read: a thread inside a buffered read breaks the interpreter's shutdown
        while os.read(descriptor, 4096):
            pass
        os._exit(PARENT_GONE)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
