"""Analytics of a home, read beside whoever records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage.analytics import SqlAnalytics
from combatlens.adapters.storage.asking import Ask, ask_engine, ask_file, ask_server
from combatlens.bootstrap.home import Home
from combatlens.services.analytics import Analytics
from combatlens.services.insight_files import INSIGHTS

if TYPE_CHECKING:
    from combatlens.ports import Clock


@contextmanager
def open_analytics(home: Home) -> Iterator[Analytics]:
    """Raises EnvironmentFault."""
    clock = SystemClock()
    with _asking(home) as ask:
        reader = SqlAnalytics(ask)

        def insights() -> dict[str, Any]:
            own = reader.document(f"{INSIGHTS}:{home.machine}") if home.database_url else None
            body = own or reader.document(INSIGHTS)
            try:
                return json.loads(body) if body else {}
            except ValueError:  # as `services.history` does
                return {}

        yield Analytics(reader, insights, clock, goals=lambda: goals_today(home, clock))


@contextmanager
def _asking(home: Home) -> Iterator[Ask]:
    """File or database as it is, where it is in order; else the store, brought up to date or its fault explained."""
    with ask_server(home.database_url) if home.database_url else ask_file(home.database) as ask:
        if ask is not None:
            yield ask
            return
    from combatlens.bootstrap.past import open_past_store  # brings SQLAlchemy

    with open_past_store(home) as (engine, _):
        yield ask_engine(engine)


def goals_today(home: Home, clock: Clock) -> list[dict[str, Any]]:
    """The chance of each open goal on a sum that it is reached before midnight here, as predictions."""
    if not home.goals.exists():
        return []
    from combatlens.bootstrap.past import open_past
    from combatlens.services.goal_book import GoalBook  # brings scipy

    here = datetime.fromtimestamp(clock.now(), UTC).astimezone()
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo).timestamp()
    with open_past(home) as history:
        book = GoalBook(home.goals, history, clock)
        chances = book.chances(midnight)
        states = book.states()
    return [
        {
            "kind": "goal_today", "subject": state.description, "metric": state.metric, "value": state.current,
            "interval": None, "level": None, "chance": chances[state.goal_id], "rests_on": None, "needs": 0,
        }
        for state in states
        if not state.is_completed and chances.get(state.goal_id) is not None
    ]  # fmt: skip
