"""How a bot's events travel: a file first, then a kept connection, in a thread of its own. Standard library only.

`put` appends the line to a journal in the inbox, so that no death of the bot loses it, and wakes the thread, which
sends what has gathered. Acknowledged, the journal is emptied. While no instance answers, it is left to the inbox.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from combatlens.adapters.journal import FINISHED, JOURNAL, EventFile
from combatlens.api.link import Busy, Link, Unanswered, ask, find_instance

GATHER_S = 0.005
PROBE_S = 1.0
LONGEST_PROBE_S = 30.0
MAX_BATCH = 2000
MAX_BATCH_BYTES = 1024 * 1024
JOURNAL_LIMIT = 4 * 1024 * 1024
log = logging.getLogger("combatlens.client")
Rejected = Callable[[dict[str, Any], str], None]


class Line(NamedTuple):
    text: bytes
    kept: bool
    """It stands in a file."""


class Courier:
    """Carries event lines to the instance of `home`. Thread-safe; `put` never waits for network."""

    def __init__(self, home: Path, on_rejected: Rejected | None = None) -> None:
        self._home = home
        self._on_rejected = on_rejected
        self._state = threading.Condition()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._process = os.getpid()
        self._pending: deque[Line] = deque()
        self._file: EventFile | None = None
        self._online = True
        self._closing = False
        self._waiting = False
        self._probe_s = PROBE_S
        self._thread: threading.Thread | None = None
        self._link = Link(self._home)
        self.counts = {"accepted": 0, "duplicates": 0, "rejected": 0, "to_inbox": 0}

    @property
    def pending(self) -> int:
        return len(self._pending)

    def put(self, line: bytes) -> None:
        """Take one line of JSON, newline included. Returns once it stands in a file."""
        if self._process != os.getpid():  # forked: the parent sends what was pending
            self._state = threading.Condition()
            self._begin_anew()
        with self._state:
            if self._closing:
                raise RuntimeError("this client is closed")
            kept = self._keep(line)
            if self._online or not kept:
                self._pending.append(Line(line, kept))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="combatlens-client", daemon=True)
                self._thread.start()
            if self._waiting and self._online:
                self._state.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until all is acknowledged, or left to the inbox. False when time ran out."""
        with self._state:
            return self._state.wait_for(lambda: not self._pending, timeout)

    def close(self, timeout: float) -> None:
        """Send what can be sent within `timeout` seconds, leave the rest to the inbox. Safe to call twice."""
        if self._process != os.getpid():
            return
        with self._state:
            self._closing = True
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                self._link.hang_up(abruptly=True)
                self._thread.join(1.0)
            self._thread = None
        self._link.hang_up()
        with self._state:
            self._leave_to_inbox()

    def _keep(self, line: bytes) -> bool:
        try:
            if self._file is None:
                self._file = EventFile(self._home / "inbox", JOURNAL if self._online else FINISHED)
            self._file.append(line)
        except OSError as error:
            log.warning("the event is kept in memory only: %s", error)
            return False
        if not self._online:
            self.counts["to_inbox"] += 1
        return True

    def _run(self) -> None:
        while self._wait_for_work():
            if not self._online:
                self._probe()
                continue
            if not self._closing:
                time.sleep(GATHER_S)
            batch = self._next_batch()
            try:
                self._send(batch)
            except Unanswered as reason:
                log.info("no instance takes events (%s); they go to the inbox", reason)
                with self._state:
                    self._leave_to_inbox()
                self._probe_s = min(2 * self._probe_s, LONGEST_PROBE_S)

    def _wait_for_work(self) -> bool:
        with self._state:
            self._waiting = True
            patience = None if self._online else self._probe_s
            self._state.wait_for(lambda: self._closing or (self._online and self._pending), patience)
            self._waiting = False
            return not self._closing or (self._online and bool(self._pending))

    def _probe(self) -> None:
        """Is there an instance again?"""
        address = find_instance(self._home)
        if address is None or ask(address, "/v1/health", timeout=1.0) is None:
            with self._state:  # what only memory holds may find its way to a file by now
                self._leave_to_inbox()
            return
        with self._state:
            if self._file is not None:
                self._file.finish()
                self._file = None
            self._online = True

    def _leave_to_inbox(self) -> None:
        """The journal becomes food for the inbox; what stands in it need not be held in memory."""
        try:
            if self._file is not None and (self._online or self._closing):
                self._file.finish()
                self._file = None
        except OSError as error:
            log.warning("the journal waits for the next start of CombatLens: %s", error)
            self._file = None
        if self._online:
            self.counts["to_inbox"] += sum(line.kept for line in self._pending)
        self._online = False
        self._pending = deque(line for line in self._pending if not (line.kept or self._keep(line.text)))
        if self._closing and self._file is not None:
            self._file.finish()
            self._file = None
        self._state.notify_all()

    def _next_batch(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        with self._state:
            for line in self._pending:
                size += len(line.text)
                if batch and (size > MAX_BATCH_BYTES or len(batch) == MAX_BATCH):
                    break
                batch.append(line.text)
        return batch

    def _send(self, batch: list[bytes]) -> None:
        """Raises Unanswered."""
        try:
            receipt = self._link.post(b"".join(batch))
        except Busy as busy:
            self._pause(busy.retry_after_s)
            return
        self._settle(batch, receipt)

    def _settle(self, batch: list[bytes], receipt: dict[str, Any]) -> None:
        refused = receipt["rejected"]
        self._probe_s = PROBE_S
        with self._state:
            if not self._online:  # `close` did not wait for this answer
                return
            for _ in batch:
                self._pending.popleft()
            for key in ("accepted", "duplicates"):
                self.counts[key] += receipt[key]
            self.counts["rejected"] += len(refused)
            self._shorten_journal()
            self._state.notify_all()
        for each in refused:
            event = json.loads(batch[each["index"]])
            log.warning("refused: %s; the event was %s", each["error"], event)
            if self._on_rejected is None:
                continue
            try:
                self._on_rejected(event, each["error"])
            except Exception:  # a bot's own fault must not end the sending
                log.exception("on_rejected failed")

    def _shorten_journal(self) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # it only stays longer than need be
            if not self._pending:
                self._file.clear()
            elif self._file.size > JOURNAL_LIMIT:
                fresh = EventFile(self._home / "inbox", JOURNAL)
                fresh.append(b"".join(line.text for line in self._pending))
                self._file.discard()
                self._file = fresh

    def _pause(self, seconds: float) -> None:
        with self._state:
            if self._state.wait_for(lambda: self._closing, min(seconds, 30.0)):
                raise Unanswered("overloaded while the bot ends")
