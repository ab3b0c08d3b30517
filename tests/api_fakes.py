"""Stand-ins for what the bot API talks to, and a plain HTTP client for its tests."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from combatlens.adapters.bot_api.backend import Backend
from combatlens.adapters.bot_api.server import BotApiServer
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.events import Occurrence
from combatlens.domain.records import SessionDetail, SessionRow, SessionSummary
from combatlens.domain.snapshot import LiveStatus, Snapshot
from combatlens.ports import Origin, Receipt, Rejection, SessionPage, SessionQuery


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


def settled(receipt: Receipt) -> Future[Receipt]:
    future: Future[Receipt] = Future()
    future.set_result(receipt)
    return future


class MemoryRecorder:
    """Commits at once, in memory. `held` makes it wait; `fault` makes it raise."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.occurrences: list[Occurrence] = []
        self.ids: set[str] = set()
        self.held: list[Callable[[], None]] | None = None
        self.fault: EnvironmentFault | None = None
        self.refuse: dict[int, str] = {}

    def submit(
        self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
        origin: Origin | None = None,
    ) -> Future[Receipt]:  # fmt: skip
        if self.fault is not None:
            raise self.fault
        future: Future[Receipt] = Future()
        if self.held is not None:
            self.held.append(lambda: future.set_result(self._commit(batch)))
        else:
            future.set_result(self._commit(batch))
        return future

    def _commit(self, batch: Sequence[Occurrence]) -> Receipt:
        accepted = duplicates = 0
        with self.lock:
            for index, occurrence in enumerate(batch):
                if index in self.refuse:
                    continue
                known = occurrence.event.id
                if known is not None and known in self.ids:
                    duplicates += 1
                    continue
                if known is not None:
                    self.ids.add(known)
                self.occurrences.append(occurrence)
                accepted += 1
        rejected = tuple(Rejection(i, e) for i, e in self.refuse.items() if i < len(batch))
        return Receipt(accepted, duplicates, rejected, "s1")

    def release(self) -> None:
        held, self.held = self.held or [], None
        for commit in held:
            commit()


class FixedLive:
    def __init__(self) -> None:
        self.value = LiveStatus(
            Snapshot(character="Ana", session_id="s1", state="active", at=1_700_000_000.0, started_at=1_699_999_000.0),
            characters=(Snapshot(character="Ana"), Snapshot(character="Bo", kills=7)),
            version="9.9",
        )

    def status(self) -> LiveStatus:
        return self.value


class ListControl:
    """Writes down what it was asked; with no session open, `end` and the like are refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.open = False

    def start(self, **details: Any) -> Future[Receipt]:
        self.asked.append(("start", details))
        self.open = True
        return settled(Receipt(1, session_id=details["session_id"] or "session_1"))

    def _turn(self, name: str, character: str) -> Future[Receipt]:
        self.asked.append((name, {"character": character}))
        if not self.open:
            return settled(Receipt(0, rejected=(Rejection(0, "no session is open"),)))
        return settled(Receipt(1, session_id="session_1"))

    def pause(self, *, character: str = "") -> Future[Receipt]:
        return self._turn("pause", character)

    def resume(self, *, character: str = "") -> Future[Receipt]:
        return self._turn("resume", character)

    def toggle_pause(self, *, character: str = "") -> Future[Receipt]:
        return self._turn("toggle", character)

    def end(self, *, character: str = "") -> Future[Receipt]:
        return self._turn("end", character)

    def mark(self, label: str, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._turn(f"mark {label}", character)

    def count_kill(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._turn("kill", character)

    def count_death(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._turn("death", character)


class ListHistory:
    def __init__(self) -> None:
        self.queries: list[SessionQuery] = []
        self.known = {"session_1": SessionSummary(session_id="session_1", start_time=1_700_000_000.5, kills=3)}

    def sessions(self, query: SessionQuery) -> SessionPage:
        self.queries.append(query)
        row = SessionRow(
            session_id="session_1", character="Ana", profile="", state="completed", start_time=1_700_000_000.0,
            end_time=None, active_minutes=3.0, total_xp_gained=5.0, xp_per_hour=None, kills=3, deaths=0,
            total_damage_dealt=9.0,
        )  # fmt: skip
        return SessionPage((row,), 1)

    def summary(self, session_id: str) -> SessionSummary:
        if session_id not in self.known:
            raise NotFound(f"no session {session_id!r}", "GET /v1/sessions lists them")
        return self.known[session_id]

    def detail(self, session_id: str) -> SessionDetail:
        return SessionDetail(summary=self.summary(session_id))

    def insights(self) -> dict[str, Any]:
        return {"skill_performance": {"a/b ü": {"total_uses": 4}}}

    def was_advised(self, recommendation_id: str) -> bool:
        return recommendation_id in ("r1", "r 1")


class CannedAdvisor:
    decisions = 0

    def recommendations(self, character: str) -> list[dict[str, Any]]:
        return [{"id": "r1", "character": character}]

    def metrics(self) -> dict[str, Any]:
        return {"events": 1}

    def report(self) -> dict[str, Any]:
        return {"summary": "well"}

    def goals(self) -> list[dict[str, Any]]:
        return []

    def decided(self) -> None:
        self.decisions += 1


class Api:
    """A running server and its collaborators."""

    def __init__(self, home: Path, **changes: Any) -> None:
        self.home = home
        self.recorder = MemoryRecorder()
        self.live = FixedLive()
        self.control = ListControl()
        self.history = ListHistory()
        self.intents: list[str] = []
        parts: dict[str, Any] = {
            "recorder": self.recorder, "live": self.live, "control": self.control, "history": self.history,
            "clock": SystemClock(), "version": "9.9", "advisor": CannedAdvisor(), "on_intent": self.intents.append,
        }  # fmt: skip
        self.server = BotApiServer(Backend(**{**parts, **changes}), home, port=0)

    @property
    def token(self) -> str:
        return str(json.loads((self.home / "api.json").read_text())["token"])

    @property
    def read_token(self) -> str:
        return str(json.loads((self.home / "api.json").read_text())["read_token"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        token: str | None = None,
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Status, decoded body, headers."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            sent = {"Authorization": f"Bearer {self.token if token is None else token}", **(headers or {})}
            connection.request(method, path, raw, sent)
            answer = connection.getresponse()
            text = answer.read()
            shown = json.loads(text) if answer.headers.get_content_type() == "application/json" else text
            return answer.status, shown, answer.headers
        finally:
            connection.close()


@contextmanager
def running(home: Path, **changes: Any) -> Iterator[Api]:
    api = Api(home, **changes)
    api.server.start()
    try:
        yield api
    finally:
        api.server.stop()


def wait_until(true: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for a condition; fails when it does not come true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
