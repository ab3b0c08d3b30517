"""Ending the event loop on SIGTERM, Ctrl-C, or after a given time."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication


@contextmanager
def quit_on_signals(app: QApplication, seconds: float | None = None) -> Iterator[None]:
    """Inside, SIGTERM and SIGINT end `app`, by `exit`: `quit` asks the windows first, and the overlay refuses to close.

    Python runs its handlers only between bytecodes, and Qt's loop has none: the signal's wake-up byte on a socket
    brings the loop back to Python."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def end(*_: object) -> None:
        QTimer.singleShot(0, app, lambda: app.exit(0))  # an `exit` before the loop runs would be forgotten

    handlers = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda *_: ours.recv(64))
    timer = QTimer(app)
    timer.setSingleShot(True)
    timer.timeout.connect(lambda: app.exit(0))
    if seconds is not None:
        timer.start(round(seconds * 1000))
    try:
        yield
    finally:
        timer.stop()
        notifier.setEnabled(False)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()
