"""The simulated game: `python -m combatlens.simulation.game STAGE`. It shows the XP and writes the combat log.

It ends with its window, with SIGTERM, or `LINGER_S` after the last fact.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from combatlens.adapters.clock import SystemClock
from combatlens.ports import Clock
from combatlens.simulation.face import Face
from combatlens.simulation.facts import Earned
from combatlens.simulation.gamelog import line_of, opening
from combatlens.simulation.stage import TITLE, Stage, load_stage
from combatlens.simulation.witness import Sighting

LINGER_S = 600.0


class Game:
    """Tells the facts whose time has come: their lines into the log, their XP onto the face."""

    def __init__(self, stage: Stage, clock: Clock, log: TextIO) -> None:
        self._stage = stage
        self._clock = clock
        self._log = log
        self._waiting = stage.sightings()[::-1]
        self._face = Face(value=stage.rules.xp, needed=stage.rules.need, level=stage.rules.level)
        log.write(opening(clock.now()))
        log.flush()

    def look(self) -> Face:
        """The face of this moment; what has happened since the last look is written to the log first."""
        now = self._clock.now()
        text = ""
        while self._waiting and self._stage.wall(self._waiting[-1].fact.at) <= now:
            text += self._tell(self._waiting.pop())
        if text:
            self._log.write(text)
            self._log.flush()
        return self._face

    def over(self) -> bool:
        return self._clock.now() > self._stage.ends_at + LINGER_S

    def _tell(self, seen: Sighting) -> str:
        fact = seen.fact
        line = line_of(fact, at=self._stage.wall(fact.at), character=self._stage.rules.character)
        if isinstance(fact, Earned):
            self._face = replace(self._face, value=fact.value, needed=fact.needed, level=fact.level)
        if line:
            self._face = replace(self._face, lines=(*self._face.lines, line.split(" ", 3)[3].strip())[-6:])
        return line if seen.log else ""


def main(arguments: list[str]) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from combatlens.simulation.window import GameWindow

    stage = load_stage(Path(arguments[0]))
    app = QApplication([TITLE])
    app.setQuitOnLastWindowClosed(True)
    signal.signal(signal.SIGTERM, lambda *_: app.quit())
    with Path(stage.log_path).open("a", encoding="utf-8") as log:
        game = Game(stage, SystemClock(), log)
        window = GameWindow(TITLE, stage.window[2:], game.look)
        window.move(*stage.window[:2])
        window.show()
        ending = QTimer()
        ending.timeout.connect(lambda: app.quit() if game.over() else None)
        ending.start(1000)
        return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
