"""`simulate --record`: a history that was recorded and learned from, session by session."""

from __future__ import annotations

from pathlib import Path

from combatlens.adapters.storage.engine import open_sqlite
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.home import Home
from combatlens.domain.fold import FoldRules
from combatlens.ports import SessionQuery
from combatlens.services.history import HistoryService
from combatlens.simulation.history import make_history

ENDS_AT = 1_790_000_000.0


def test_every_session_is_there_with_true_rollups_and_was_learned_from(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    made = make_history(home, sessions=6, minutes=3.0, seed=1, ends_at=ENDS_AT, say=lambda _line: None)
    engine = open_sqlite(home.database)
    try:
        store, history = SqlStore(engine), SqlHistory(engine)
        rows = history.sessions(SessionQuery()).rows
        assert len(rows) == made.sessions == 6
        assert {row.state for row in rows} == {"completed"}
        assert len({row.build for row in rows}) > 1
        assert abs(max(row.end_time or 0.0 for row in rows) - ENDS_AT) < 0.01
        assert sum(history.summary(row.session_id).events for row in rows) == made.events
        assert [found for head in store.heads() for found in differences(store, history, head, FoldRules())] == []
        assert HistoryService(history, store).insights()["meta"]["sessions"] == 6
    finally:
        engine.dispose()
