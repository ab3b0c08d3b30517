"""What a person waits for in a long history, measured in a process of its own: `python -m … HOME`, prints JSON.

Each measure is [seconds by the wall, seconds of CPU]. The windows are the real ones, painted on Qt's offscreen
platform, over the real store.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

AGAIN = 5
Spent = tuple[float, float]
COMMANDS = ("dashboard", "trends", "insights", "alerts")


def main(home: str) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    found = {**_commands(home), **_windows(home)}
    print(json.dumps(found))


def _timed(work: Callable[[], Any]) -> Spent:
    begun, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - busy


def _usual(found: list[Spent]) -> Spent:
    return sorted(found)[len(found) // 2]


def _commands(home: str) -> dict[str, Spent]:
    """Seconds of each analytics question inside a running program, the second time it is asked."""
    from combatlens.bootstrap.analytics import open_analytics
    from combatlens.bootstrap.home import Home

    found = {}
    with open_analytics(Home.of(home)) as analytics:
        for command in COMMANDS:
            getattr(analytics, command)()
            found[f"in process: {command}"] = _timed(getattr(analytics, command))
    return found


class _Windows:
    """History windows over a store, driven until they show what is asked for."""

    def __init__(self, app: Any, history: Any, worker: Any, theme: Any, clock: Any) -> None:
        self._app, self._made_of = app, (history, worker, theme, clock)
        self._opened: list[Any] = []

    def until(self, done: Callable[[], Any]) -> None:
        while not done():
            self._app.processEvents()

    def open(self) -> None:
        from combatlens.ui.history import HistoryWindow

        window = HistoryWindow(*self._made_of)
        self._opened.append(window)
        window.show()
        self.until(window.list.model.rowCount)
        window.grab()

    @property
    def newest(self) -> Any:
        return self._opened[-1]

    def some_sessions(self, count: int) -> list[str]:
        """The ids of so many, spread over the whole list."""
        model = self.newest.list.model
        numbers = [model.rowCount() * part // (count + 1) for part in range(1, count + 1)]
        for number in numbers:
            self.until(lambda n=number: model.row(n))
        return [model.row(number).session_id for number in numbers]

    def open_page(self, session_id: str) -> None:
        self.newest.open(session_id)
        self.until(lambda: self.newest.page._stack.currentIndex() == 0)
        self.newest.grab()

    def last_rows(self) -> None:
        window, model = self.newest, self.newest.list.model
        window.show_list()
        model.ask(model.query)
        window.list.table.scrollToBottom()
        self.until(lambda: model.row(model.rowCount() - 1))
        window.grab()

    def search(self) -> None:
        loaded: list[int] = []
        window = self.newest
        window.list.model.loaded.connect(loaded.append)
        window.list.search.setText("no such words")
        window.list.reload()
        self.until(lambda: loaded)
        window.grab()

    def hide(self) -> None:
        for window in self._opened:
            window.hide()


def _windows(home: str) -> dict[str, Any]:
    from combatlens.adapters.clock import SystemClock
    from combatlens.bootstrap.home import Home
    from combatlens.bootstrap.past import open_past_store
    from combatlens.resources_path import resources
    from combatlens.ui.app import create_application
    from combatlens.ui.background import Worker
    from combatlens.ui.theme import Theme

    app = create_application([])
    theme, worker = Theme(app, resources(), "dark"), Worker()
    before = psutil.Process().memory_info().rss
    with open_past_store(Home.of(home)) as (_, history):
        windows = _Windows(app, history, worker, theme, SystemClock())
        first = _timed(windows.open)
        again = _usual([_timed(windows.open) for _ in range(AGAIN)])
        total = windows.newest.list.model.rowCount()
        ids = windows.some_sessions(AGAIN + 1)
        found = {
            "window, first time": first, "window": again,
            "page, first time": _timed(lambda: windows.open_page(ids[0])),
            "page": _usual([_timed(lambda i=i: windows.open_page(i)) for i in ids[1:]]),
            "last rows of the list": _timed(windows.last_rows), "search that finds nothing": _timed(windows.search),
            "memory": (psutil.Process().memory_info().rss - before) / 1e6, "sessions": total,
        }  # fmt: skip
        windows.hide()
        worker.stop()
    return found


if __name__ == "__main__":
    main(sys.argv[1])
