"""What tests of the recorder and the store work on: a bench over a real database, and a desk, which also corrects."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from tests.clocks import START, HandClock

from combatlens.adapters.storage.engine import open_postgresql, open_sqlite, upgrade
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.recount import differences
from combatlens.adapters.storage.store import SqlStore
from combatlens.domain.events import Event, Occurrence
from combatlens.domain.fold import FoldRules
from combatlens.ports import Receipt, Spool
from combatlens.services.book import SessionBook
from combatlens.services.editor import EditorService
from combatlens.services.recorder import RecorderService

GAP_S = 1800.0


class DeskClock(HandClock):
    waited = 0.0
    """It moves only by hand, so that nothing is closed behind a test's back."""

    def monotonic(self) -> float:
        return self.waited


class Bench:
    """A recorder on a database file, driven by a clock that stands still unless it is moved."""

    def __init__(self, path: Path | str, owner: str = "process", machine: str = "", spool: Spool | None = None) -> None:
        """`path`: a SQLite file, or the address of a PostgreSQL database."""
        engine = open_postgresql(path) if isinstance(path, str) else open_sqlite(path)
        upgrade(engine)
        self.engine = engine
        self.store = SqlStore(engine, machine)
        self.history = SqlHistory(engine)
        self.clock = DeskClock()
        self.ended: list[str] = []
        book = SessionBook(self.store, FoldRules(), "test", GAP_S, owner)
        self.recorder = RecorderService(
            self.store, book, self.clock, character="player", profile="test", gap_s=GAP_S, spool=spool,
            on_ended=self.ended.append,
        )  # fmt: skip
        self.recovered = self.recorder.recover()
        self.recorder.start()

    def send(self, *timed: tuple[float, Event], source: str = "bot", character: str = "") -> Receipt:
        batch = [Occurrence(event, START + at, source, 1.0 if source == "log" else 0.0) for at, event in timed]
        self.clock.time = max(self.clock.time, START + max((at for at, _ in timed), default=0))
        return self.recorder.submit(batch, character=character).result(10)

    def sessions(self) -> list[tuple[str, float, float | None, str]]:
        return [
            (h.session_id, h.start - START, None if h.end is None else h.end - START, h.state)
            for h in self.store.heads()
        ]

    def faults(self) -> list[str]:
        """Where the kept figures differ from a recount."""
        return [
            told for head in self.store.heads() for told in differences(self.store, self.history, head, FoldRules())
        ]

    def assert_sound(self) -> None:
        assert self.faults() == []

    def close(self) -> None:
        self.recorder.stop()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Desk(Bench):
    """A bench with an editor."""

    def __init__(self, path: Path | str, machine: str = "") -> None:
        super().__init__(path, machine=machine)
        self.changed: list[str] = []
        self.editor = EditorService(
            self.store, self.recorder._book, self.recorder, self.clock, lambda _: FoldRules(), self.changed.extend
        )

    @classmethod
    def recovered_by(cls, path: Path | str, machine: str) -> list[str]:
        """What the next program of this machine finds left open."""
        desk = cls(path, machine)
        desk.close()
        return desk.recovered

    def seq_of(self, session_id: str, kind: type[Event], nth: int = 0) -> int:
        return [r.seq for r in self.store.records(session_id) if isinstance(r.event, kind)][nth]

    def actions(self) -> list[str]:
        return [entry.action for entry in self.store.audit()]
