"""What every test is held to: no leaked thread, no unexpected error in the log, no Qt timer left running.

Nothing here opens a window or touches a person's data: Qt draws offscreen and COMBATLENS_HOME is a temporary folder.
Tests marked `e2e` start the application as a program of its own, on a virtual display that they bring along.
"""

import gc
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
for name in ("COMBATLENS_HOME", "COMBATLENS_DATABASE", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE"):
    os.environ.pop(name, None)

hypothesis.settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("here")

THREAD_GRACE_S = 3.0
END_TO_END_S = 600
ONE_WORKER = ("tests/e2e/", "tests/integration/test_package.py")
"""What drives whole desktops, and what builds the wheel once: never two of them at a time."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expected_errors(pattern): errors in the log that match are what is tested")
    config.addinivalue_line("markers", "leaks_threads(reason): threads may outlive this test, for the reason given")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End-to-end tests first: they take longest, some of them minutes on a busy machine."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.timeout(END_TO_END_S))
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The tests of each place in ONE_WORKER share a worker; the others go wherever there is room.

    xdist has a mark for that, `xdist_group`, but pytest 9.2 takes no notice of it.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((place for place in ONE_WORKER if nodeid.startswith(place)), nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _private_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMBATLENS_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _no_leaked_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    if request.node.get_closest_marker("leaks_threads"):
        return
    deadline = time.monotonic() + THREAD_GRACE_S
    while (leaked := [t for t in threading.enumerate() if t not in before and not _foreign(t)]) and (
        time.monotonic() < deadline
    ):
        leaked[0].join(0.05)
    if leaked:
        pytest.fail("threads outlive the test:\n" + "\n\n".join(_describe(thread) for thread in leaked), pytrace=False)


def _foreign(thread: threading.Thread) -> bool:
    """A thread that Python did not start (Qt's own, seen once it called into Python) cannot be joined."""
    return isinstance(thread, threading._DummyThread)


def _describe(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    lines = []
    while frame and len(lines) < 6:
        lines.append(f"  {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}")
        frame = frame.f_back
    return "\n".join([f"{thread.name} (daemon={thread.daemon})", *lines])


class _ErrorLog(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _no_unexpected_log_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    log = _ErrorLog()
    root = logging.getLogger()
    root.addHandler(log)
    yield
    root.removeHandler(log)
    messages = [f"{record.name}: {record.getMessage()}" for record in log.records]
    for marker in request.node.iter_markers("expected_errors"):
        pattern = re.compile(marker.args[0])
        unmatched = [message for message in messages if not pattern.search(message)]
        if len(unmatched) == len(messages):
            pytest.fail(f"no error in the log matches {pattern.pattern!r}, as the test expects", pytrace=False)
        messages = unmatched
    if messages:
        pytest.fail("unexpected errors in the log:\n" + "\n".join(messages), pytrace=False)


@pytest.fixture(autouse=True)
def _no_running_timers(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "qapp" not in request.fixturenames:
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from shiboken6 import isValid

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # By exact type first: isinstance would wake up lazy proxies among all objects alive.
    timers = [o for o in gc.get_objects() if issubclass(type(o), QTimer) and isValid(o) and o.isActive()]
    for timer in timers:
        timer.stop()
    if timers:
        names = ", ".join(
            f"{timer.objectName() or type(timer.parent()).__name__} every {timer.interval()} ms" for timer in timers
        )
        pytest.fail(f"Qt timers still run after the test: {names}", pytrace=False)
