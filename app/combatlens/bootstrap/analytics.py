"""Analytics of a home, read beside whoever records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage.analytics import SqlAnalytics
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past_store
from combatlens.ports import Clock, History
from combatlens.services.analytics import Analytics


@contextmanager
def open_analytics(home: Home) -> Iterator[Analytics]:
    """Raises EnvironmentFault."""
    with open_past_store(home) as (engine, history):
        clock = SystemClock()
        yield Analytics(SqlAnalytics(engine), history.insights, clock, goals=lambda: goals_today(home, history, clock))


def goals_today(home: Home, history: History, clock: Clock) -> list[dict[str, Any]]:
    """The chance of each open goal on a sum that it is reached before midnight here, as predictions."""
    if not home.goals.exists():
        return []
    from combatlens.services.goal_book import GoalBook  # brings scipy

    here = datetime.fromtimestamp(clock.now(), UTC).astimezone()
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo).timestamp()
    book = GoalBook(home.goals, history, clock)
    chances = book.chances(midnight)
    return [
        {
            "kind": "goal_today", "subject": state.description, "metric": state.metric, "value": state.current,
            "interval": None, "level": None, "chance": chances[state.goal_id], "rests_on": None, "needs": 0,
        }
        for state in book.states()
        if not state.is_completed and chances.get(state.goal_id) is not None
    ]  # fmt: skip
