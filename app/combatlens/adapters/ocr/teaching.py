"""The parent's side of the teachers' program: starts it when asked, ends it when idle, never waits for ever."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
import numpy as np

import combatlens
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.spots import Spot
from combatlens.adapters.ocr.teacher import Question, read_message, write_message
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import ScreenRules
from combatlens.ports import Clock

if TYPE_CHECKING:
    from combatlens.ports import Image

START_SECONDS = 30.0
ANSWER_SECONDS, SPOTS_SECONDS = 5.0, 40.0
IDLE_SECONDS = 60.0


def teacher_command() -> list[str]:
    """How to run the teachers: this Python, or this frozen program's own `worker ocr`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", "ocr"]
    return [sys.executable, "-m", "combatlens.adapters.ocr.teacher"]


class TeacherProcess:
    """`ask` a picture, get a `Reading`. Belongs to one thread; a thread of its own only collects the answers."""

    def __init__(
        self, rules: ScreenRules, clock: Clock, command: Sequence[str] | None = None, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._rules, self._clock, self._idle_seconds = rules, clock, idle_seconds
        self._command = list(command or teacher_command())
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        self._collector: threading.Thread | None = None
        self._used = 0.0
        self.teachers: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def read(self, image: Image) -> Reading:
        """Raises EnvironmentFault when no teacher runs here; a program that died or hangs is replaced next time."""
        answer = self._ask(image, spots=False, patience=ANSWER_SECONDS)
        if answer is None:
            return unreadable("the teachers' program failed and is started anew", put_off=True)
        return msgspec.json.decode(answer, type=Reading)

    def spots(self, image: Image) -> list[Spot]:
        """The texts of a whole picture; may take seconds. Raises EnvironmentFault when no teacher runs here."""
        answer = self._ask(image, spots=True, patience=SPOTS_SECONDS)
        if answer is None:
            raise EnvironmentFault("finding the text took too long", "drag around the number instead")
        return msgspec.json.decode(answer, type=list[Spot])

    def _ask(self, image: Image, *, spots: bool, patience: float) -> bytes | None:
        """The answer; None when the program died or hangs (it is then replaced next time)."""
        if not self.running:
            self.close()
            self._start()
        self._used = self._clock.monotonic()
        image = image if image.ndim == 3 else np.ascontiguousarray(image[:, :, None])
        rules, (height, width, channels) = self._rules, image.shape
        head = Question((height, width, channels), rules.decimal, rules.invert, rules.patterns, spots)
        process = cast("subprocess.Popen[bytes]", self._process)
        try:
            write_message(cast(BinaryIO, process.stdin), msgspec.json.encode(head), image.tobytes())
            answer = self._answers.get(timeout=patience)
        except (OSError, queue.Empty):
            answer = None
        if answer is None:
            self.close()
        return answer

    def rest(self) -> None:
        """End the program when it was not asked for a while; called at every turn, costs nothing."""
        if self._process is not None and self._clock.monotonic() - self._used > self._idle_seconds:
            self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):  # it may have died first
            cast(BinaryIO, process.stdin).close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._collector is not None:
            self._collector.join(5)
        cast(BinaryIO, process.stdout).close()

    def _start(self) -> None:
        root = str(Path(combatlens.__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            raise EnvironmentFault(
                f"the teachers' program does not start: {error}", "install CombatLens anew"
            ) from error
        self._process, self._answers = process, queue.Queue()
        self._collector = threading.Thread(
            target=_collect, args=(process.stdout, self._answers), name="ocr-answers", daemon=True
        )
        self._collector.start()
        try:
            hello = self._answers.get(timeout=START_SECONDS)
        except queue.Empty:
            hello = None
        word = msgspec.json.decode(hello) if hello else {}
        if "ready" not in word:
            self.close()
            what, remedy = word.get("fault", ("the teachers' program ended at once", "see combatlens doctor"))
            raise EnvironmentFault(what, remedy)
        self.teachers = tuple(word["ready"])


def _collect(stream: BinaryIO, answers: queue.Queue[bytes | None]) -> None:
    while (answer := read_message(stream)) is not None:
        answers.put(answer)
    answers.put(None)
