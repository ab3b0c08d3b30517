"""A log's parser in a process of its own, so that parsing and recording each have a core. See `frames`.

It ends when nobody reads any more, or when its input ends.
"""

from __future__ import annotations

import gc
from array import array
from collections import deque
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from combatlens.adapters.combat_log import frames
from combatlens.adapters.combat_log.frames import (
    AHEAD,
    TOLD_KEPT,
    Asked,
    Fold,
    Home,
    Lend,
    More,
    Opened,
    Over,
    Recall,
    Stretch,
    Task,
)
from combatlens.adapters.combat_log.reading import FileParser
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import LOG, Recorded, ToldEvents
from combatlens.domain.refold import GrowingSession, NeedsHistory
from combatlens.services.importer import IN_FLIGHT, ParsedBatch
from combatlens.services.rollups import RollupWriter

SCARCE = 4
"""With fewer stretches on their way the other process may soon have nothing to do."""

PUT_OFF = 2
"""So many things asked may wait, each for so many stretches to be parsed."""

STRETCHES_KEPT = AHEAD + IN_FLIGHT + 2 * PUT_OFF + 2
"""Of older ones nothing is asked any more."""


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> int:
    """Parse the file that stdin names; it is unbuffered, so that nobody holds it at the end. -> the exit code."""
    gc.disable()  # nothing here is part of a cycle, and the kept sentences are too many to be looked through
    task = frames.task.decode(frames.receive(stdin) or b"")
    asked: SimpleQueue[Asked | None] = SimpleQueue()
    Thread(target=_listen, args=(stdin, asked), daemon=True).start()
    try:
        try:
            _parse(task, asked, stdout)
        except EnvironmentFault as fault:
            frames.send(stdout, Opened(fault=(fault.what, fault.remedy)))
    except BrokenPipeError:
        return 0  # the parent has cancelled, or is gone
    return 0


def _listen(stdin: IO[bytes], asked: SimpleQueue[Asked | None]) -> None:
    with suppress(EOFError):  # who asks was killed in the middle of it
        while (frame := frames.receive(stdin)) is not None:
            asked.put(frames.asked.decode(frame))
    asked.put(None)


def _parse(task: Task, asked: SimpleQueue[Asked | None], stdout: IO[bytes]) -> None:
    """Tell all there is room for, until nobody asks any more.

    What is to be folded goes before what is to be parsed, but while fewer than SCARCE stretches are on their way.
    """
    log = FileParser(Path(task.path), task.rules, task.me, task.character)
    frames.send(stdout, Opened(log.dialect, log.player, log.size))
    packer, lodger, batches = Packer(), Lodger(), enumerate(log.batches())
    waiting, room, put_off, over = deque[Lend | Fold | Recall](), AHEAD, 0, False
    while True:
        while not asked.empty() or not (waiting or (room and not over)):
            message = asked.get()
            if message is None:
                return
            if isinstance(message, More):
                room += 1
            else:
                waiting.append(message)
        if waiting and (over or room <= AHEAD - SCARCE or max(put_off, len(waiting) - 1) >= PUT_OFF):
            put_off = 0
            if (answer := lodger.do(waiting.popleft())) is not None:
                frames.send(stdout, answer)
        elif (found := next(batches, None)) is not None:
            number, batch = found
            assert isinstance(batch.events, ToldEvents)
            lodger.note(number, batch.events)
            frames.send(stdout, packer.stretch(number, log.player, batch))
            room, put_off = room - 1, put_off + 1 if waiting else 0
        else:
            frames.send(stdout, Over())
            over = True


class Packer:
    """Numbers the events that go over."""

    def __init__(self) -> None:
        self._told: list[Any] = []
        """They are held, so that no other object gets one's identity."""
        self._numbers: dict[int, int] = {}

    def stretch(self, number: int, player: str, batch: ParsedBatch) -> Stretch:
        """`batch` with its events in columns."""
        told = batch.events
        assert isinstance(told, ToldEvents)
        anew = len(self._told) > TOLD_KEPT
        if anew:
            self._told, self._numbers = [], {}
        numbers, before, bodies = self._numbers, len(self._told), list[str | None]()
        which: list[Any] = list(map(numbers.get, map(id, told.events)))
        for index in [index for index, number in enumerate(which) if number is None]:
            event = told.events[index]
            if id(event) not in numbers:  # else it stands in this stretch twice
                numbers[id(event)] = len(self._told)
                self._told.append(event)
                bodies.append(told.bodies[index])
            which[index] = numbers[id(event)]
        resolutions = told.resolutions
        if resolutions and resolutions.count(resolutions[0]) == len(resolutions):
            resolutions = resolutions[:1]
        return Stretch(
            number, player, anew, tuple(self._told[before:]), tuple(bodies), array("l", which).tobytes(),
            tuple(told.ids), array("d", told.at).tobytes(), array("d", resolutions).tobytes(),
            batch.lines, batch.silent, batch.unmatched, batch.shapes, batch.done, batch.spans, batch.actors,
        )  # fmt: skip


class Lodger:
    """Folds the sessions that are lent to it. One that an event comes too late for is lost."""

    def __init__(self) -> None:
        self._stretches: dict[int, ToldEvents] = {}
        self._sessions: dict[int, tuple[Lend, GrowingSession, RollupWriter]] = {}

    def note(self, number: int, told: ToldEvents) -> None:
        """Keep a stretch for a while, since it may be asked for."""
        self._stretches[number] = told
        self._stretches.pop(number - STRETCHES_KEPT, None)

    def do(self, asked: Lend | Fold | Recall) -> Home | None:
        """Returns what is to be answered."""
        if isinstance(asked, Recall):
            return self._home(asked)
        if isinstance(asked, Fold):
            self._fold(asked)
            return None
        fresh = not asked.growing
        growing = GrowingSession(asked.start, asked.character, asked.rules) if fresh else frames.unpack(asked.growing)
        self._sessions[asked.loan] = asked, growing, RollupWriter(growing, fresh=asked.fresh)
        return None

    def _fold(self, asked: Fold) -> None:
        for number, begin, end, numbers in asked.runs:
            if asked.loan not in self._sessions:
                return
            loan, growing, _ = self._sessions[asked.loan]
            try:
                told = self._stretches[number]
                growing.add(list(map(
                    Recorded, array("q", numbers), repeat(loan.session_id), told.at[begin:end], repeat(asked.arrived),
                    repeat(LOG), repeat(loan.character), told.events[begin:end], told.resolutions[begin:end],
                    told.ids[begin:end],
                )))  # fmt: skip
            except (NeedsHistory, KeyError):
                del self._sessions[asked.loan]

    def _home(self, asked: Recall) -> Home:
        if asked.loan not in self._sessions:
            return Home(asked.loan)
        loan, growing, writer = self._sessions.pop(asked.loan)
        ending = asked.ending
        if ending is None:
            return Home(asked.loan, growing=frames.pack(growing))
        growing.fold.finish(ending.end)
        rows = writer.changed(loan.session_id, ending.profile, ending.state, ending.end, final=True)
        return Home(asked.loan, rollup=rows)
