"""A page that asks for something that may take a while, and shows it, or why it cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from combatlens.domain.errors import EnvironmentFault
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.parts import Message, scrolling, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

Fill = Callable[[QVBoxLayout, Any], None]
Empty = Callable[[Any], tuple[str, str] | None]
"""(title, text) to say where the answer holds nothing to show."""


class AskedPage(QStackedWidget):
    """`ask` runs on the worker thread; `fill` puts its answer into an empty column on the GUI thread.

    `change` does something there first, then asks anew; where that fails, `told` gets the fault and the page stays.
    """

    def __init__(
        self, ask: Callable[[], Any], fill: Fill, worker: Worker, theme: Theme, *,
        icon: str, waiting: str, failed: str, empty: Empty = lambda _found: None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._ask, self._fill, self._worker, self._theme = ask, fill, worker, theme
        self._icon, self._failure, self._empty = icon, failed, empty
        self._found: Any = None
        self._asked: Ticket | None = None
        self.message = Message(theme)
        self.message.button.clicked.connect(self.reload)
        self.area = scrolling(QWidget())
        self.addWidget(self.message)
        self.addWidget(self.area)
        self.message.say(icon, waiting, "")

    def reload(self) -> None:
        self._run(self._ask, self._failed)

    def redraw(self) -> None:
        """Show the last answer anew: what stands beside it has changed."""
        self._show(self._found)

    def change(self, work: Callable[[], object], told: Callable[[EnvironmentFault], None]) -> None:
        def both() -> Any:
            work()
            return self._ask()

        self._run(both, told)

    def _run(self, work: Callable[[], Any], failed: Callable[[EnvironmentFault], None]) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._asked = self._worker.run(work, self._show, failed)

    def _failed(self, fault: EnvironmentFault) -> None:
        self.message.say("warning", self._failure, sentence(fault), button="Try again", bad=True)
        self.setCurrentIndex(0)

    def _show(self, found: Any) -> None:
        self._found = found
        nothing = self._empty(found)
        if nothing is not None:
            self.message.say(self._icon, *nothing)
            self.setCurrentIndex(0)
            return
        place = self.area.verticalScrollBar().value()
        old = self.area.takeWidget()
        if old is not None:
            old.deleteLater()
        page = QWidget()
        set_role(page, "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 3)
        column.setSpacing(SPACE * 2)
        self._fill(column, found)
        column.addStretch()
        self.area.setWidget(page)
        _in_order(self.area, page)
        self.setCurrentIndex(1)
        self.area.verticalScrollBar().setValue(place)
        if self.window().focusWidget() in (None, self.window()):
            self.area.setFocus()  # so that the keys scroll at once


def _in_order(before: QWidget, page: QWidget) -> None:
    """The keys reach a new page where it stands, not after everything that was there before it."""
    for widget in page.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, widget)
            before = widget
