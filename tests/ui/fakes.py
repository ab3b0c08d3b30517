"""Stand-ins for the services, over a real evening of play."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from tests.ui.evening import T0, detail, row, snapshot

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.records import SessionDetail, SessionSummary
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health, LiveStatus, Snapshot
from combatlens.ports import Receipt, SessionPage, SessionQuery


class FakeClock:
    def __init__(self, now: float = T0) -> None:
        self.at = now

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at - T0


HEALTHY = (
    Health("screen reader", "ok", "reads 9.8 frames a second, sure of 99 %", since=T0),
    Health("combat log", "ok", "follows combat.log, last line 2 s ago", since=T0),
    Health("bot connection", "ok", "listens on 127.0.0.1:47800", since=T0),
    Health("hotkeys", "off", "switched off in the settings", since=T0),
)
BROKEN = (
    Health(
        "screen reader", "failed", "sees no number where the XP should be",
        "check that the game's XP bar is visible, or mark its place again under Settings", T0 + 2_400,
    ),
    Health("combat log", "warning", "no new line for 6 minutes", "switch on combat logging in the game", T0 + 2_100),
    *HEALTHY[2:],
)  # fmt: skip


class FakeLive:
    def __init__(self, current: Snapshot | None = None, health: tuple[Health, ...] = HEALTHY) -> None:
        self.current = current if current is not None else snapshot()
        self.health = health
        self.asked = 0

    def status(self) -> LiveStatus:
        self.asked += 1
        return LiveStatus(self.current, (self.current,), self.health, "0.1.0")


IDLE = Snapshot(character="player", profile="default")


class FakeControl:
    """Writes down what was asked. `fault` makes each answer fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.fault: EnvironmentFault | None = None
        self.rejection = ""

    def _answer(self, name: str, value: Any = None) -> Future[Receipt]:
        from combatlens.ports import Rejection

        self.calls.append((name, value))
        future: Future[Receipt] = Future()
        if self.fault is not None:
            future.set_exception(self.fault)
        elif self.rejection:
            future.set_result(Receipt(0, rejected=(Rejection(0, self.rejection),)))
        else:
            future.set_result(Receipt(1, session_id="session_1"))
        return future

    def start(self, *, session_id: str | None = None, mode: str | None = None, build: str | None = None,
              zone: str | None = None, character: str = "") -> Future[Receipt]:  # fmt: skip
        return self._answer("start")

    def pause(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("pause")

    def resume(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("resume")

    def toggle_pause(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("toggle_pause")

    def end(self, *, character: str = "") -> Future[Receipt]:
        return self._answer("end")

    def mark(self, label: str, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("mark", at)

    def count_kill(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("kill", at)

    def count_death(self, *, at: float | None = None, character: str = "") -> Future[Receipt]:
        return self._answer("death", at)


class FakeSettings:
    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else Settings(theme="dark")
        self.saved: list[Settings] = []
        self.fault: EnvironmentFault | None = None

    def load(self) -> Settings:
        return self.settings

    def save(self, settings: Settings) -> None:
        if self.fault is not None:
            raise self.fault
        self.settings = settings
        self.saved.append(settings)


class FakeHistory:
    """`count` sessions, the newest first, made on demand."""

    def __init__(self, count: int = 40, insights: dict[str, Any] | None = None) -> None:
        self.rows = [row(index) for index in range(count)]
        self.learned = insights if insights is not None else {}
        self.queries: list[SessionQuery] = []
        self.fault: EnvironmentFault | None = None

    def sessions(self, query: SessionQuery) -> SessionPage:
        self.queries.append(query)
        self._check()
        wanted = [
            r
            for r in self.rows
            if query.text.lower() in f"{r.session_id} {r.build} {r.zone} {r.notes}".lower()
            and (query.since is None or r.start_time >= query.since)
        ]
        wanted.sort(key=lambda r: (getattr(r, query.sort) is not None, getattr(r, query.sort) or 0
                                   if query.sort != "build" else r.build or ""),
                    reverse=query.descending)  # fmt: skip
        stop = None if query.limit is None else query.offset + query.limit
        return SessionPage(tuple(wanted[query.offset : stop]), len(wanted))

    def was_advised(self, recommendation_id: str) -> bool:
        return any(row["id"] == recommendation_id for row in self.learned.get("recommendations", []))

    def summary(self, session_id: str) -> SessionSummary:
        return self.detail(session_id).summary

    def detail(self, session_id: str) -> SessionDetail:
        self._check()
        for one in self.rows:
            if one.session_id == session_id:
                return detail(one)
        raise NotFound(f"there is no session {session_id}", "reload the list")

    def insights(self) -> dict[str, Any]:
        self._check()
        return self.learned

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault
