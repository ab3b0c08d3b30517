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

    def until(done: Callable[[], Any]) -> None:
        while not done():
            app.processEvents()

    with open_past_store(Home.of(home)) as (_, history):
        windows: list[Any] = []

        def open_window() -> None:
            from combatlens.ui.history import HistoryWindow

            windows.append(HistoryWindow(history, worker, theme, SystemClock()))
            windows[-1].show()
            until(windows[-1].list.model.rowCount)
            windows[-1].grab()

        first = _timed(open_window)
        again = _usual([_timed(open_window) for _ in range(AGAIN)])
        window = windows[-1]
        model = window.list.model
        total = model.rowCount()
        numbers = [total * part // (AGAIN + 2) for part in range(1, AGAIN + 2)]
        for number in numbers:
            until(lambda n=number: model.row(n))
        ids = [model.row(number).session_id for number in numbers]

        def open_page(session_id: str) -> None:
            window.open(session_id)
            until(lambda: window.page._stack.currentIndex() == 0)
            window.grab()

        def last_rows() -> None:
            window.show_list()
            model.ask(model.query)
            window.list.table.scrollToBottom()
            until(lambda: model.row(total - 1))
            window.grab()

        def search() -> None:
            loaded: list[int] = []
            model.loaded.connect(loaded.append)
            window.list.search.setText("no such words")
            window.list.reload()
            until(lambda: loaded)
            window.grab()

        page = _timed(lambda: open_page(ids[0]))
        pages = _usual([_timed(lambda i=i: open_page(i)) for i in ids[1:]])
        found = {
            "window, first time": first, "window": again, "page, first time": page, "page": pages,
            "last rows of the list": _timed(last_rows), "search that finds nothing": _timed(search),
            "memory": (psutil.Process().memory_info().rss - before) / 1e6, "sessions": total,
        }  # fmt: skip
        for each in windows:
            each.hide()
        worker.stop()
    return found


if __name__ == "__main__":
    main(sys.argv[1])
