"""What a user orders of the recording from tray, overlay or keys, and the word that comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, Qt, Signal

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Control, Receipt

ORDERS = {
    "start": "Session started",
    "pause": "Pause or resume: done",
    "end": "Session ended",
    "mark": "Moment marked",
    "kill": "Kill counted",
    "death": "Death counted",
}
"""What is said when it is done."""


class Orders(QObject):
    """`told` carries a sentence for the user, on the GUI thread, after the commit. A bug is raised there."""

    told = Signal(str)
    _answered = Signal(str, object)

    def __init__(self, control: Control, parent: QObject) -> None:
        super().__init__(parent)
        self._control = control
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def give(self, name: str, at: float | None) -> None:
        """One of ORDERS; `at` is when it was meant, Unix seconds. Raises KeyError for an unknown one."""
        ask: dict[str, Callable[[], Future[Receipt]]] = {
            "start": self._control.start,
            "pause": self._control.toggle_pause,
            "end": self._control.end,
            "mark": lambda: self._control.mark("mark", at=at),
            "kill": lambda: self._control.count_kill(at=at),
            "death": lambda: self._control.count_death(at=at),
        }
        try:
            future = ask[name]()
        except EnvironmentFault as fault:
            self._answer(name, fault)
            return
        future.add_done_callback(lambda done: self._answered.emit(name, _outcome(done)))

    def _answer(self, name: str, outcome: BaseException | None) -> None:
        if outcome is None:
            self.told.emit(ORDERS[name])
        elif isinstance(outcome, EnvironmentFault):
            self.told.emit(f"{outcome.what}; {outcome.remedy}" if outcome.remedy else outcome.what)
        else:
            raise outcome


def _outcome(done: Future[Receipt]) -> BaseException | None:
    """None when it was committed, a fault in words when it was refused, else the bug."""
    if done.cancelled():
        return EnvironmentFault("CombatLens is closing down", "ask again after the next start")
    if (error := done.exception()) is not None:
        return error
    refused = done.result().rejected
    return EnvironmentFault(refused[0].error) if refused else None
