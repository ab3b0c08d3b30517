"""What the tests of the windows share: a theme, a worker, and garbage collected on the GUI thread alone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from tests.ui import fakes, learned

from combatlens.domain.settings import Settings
from combatlens.resources_path import resources
from combatlens.ui.app import DesktopApp
from combatlens.ui.background import Worker
from combatlens.ui.theme import Theme


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """As combatlens.ui.collector does in the application: Qt objects may only be destroyed on the GUI thread."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, resources(), "dark")


@pytest.fixture
def worker(qapp: QApplication) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


class Desk:
    """A DesktopApp over stand-ins."""

    def __init__(self, qapp: QApplication, **changes: object) -> None:
        self.live = fakes.FakeLive()
        self.control = fakes.FakeControl()
        self.history = fakes.FakeHistory(40, learned.insights())
        self.store = fakes.FakeSettings(Settings(theme="dark"))
        self.clock = fakes.FakeClock()
        self.quits: list[str] = []
        self.bound: list[dict[str, str]] = []
        self.problems: tuple[object, ...] = ()
        for name, value in changes.items():
            setattr(self, name, value)
        self.app = DesktopApp(
            qapp,
            live=self.live,
            control=self.control,
            history=self.history,
            settings=self.store,
            clock=self.clock,
            quit_=lambda: self.quits.append("quit"),
            rebind=self._rebind,
            profiles=lambda: (("default", "Any game"), ("other", "Another")),
        )

    def _rebind(self, keys: dict[str, str]) -> tuple[object, ...]:
        self.bound.append(keys)
        return self.problems if keys else ()


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**changes: object) -> Desk:
        made.append(Desk(qapp, **changes))
        return made[-1]

    yield make
    for one in made:
        one.app.shutdown()
