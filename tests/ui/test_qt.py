"""That the Qt binding itself can be trusted with hours of running."""

import sys

import PySide6
from PySide6.QtWidgets import QApplication, QWidget


def test_a_call_that_returns_nothing_costs_no_reference(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 takes a reference from None at each such call; at zero the interpreter dies."""
    widget = QWidget()
    before = sys.getrefcount(None)
    for _ in range(500):
        widget.update()
    lost = before - sys.getrefcount(None)
    assert lost < 100, f"PySide6 {PySide6.__version__} loses references; install the version of packaging/*.lock"
