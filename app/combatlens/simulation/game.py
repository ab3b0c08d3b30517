"""The simulated game: `python -m combatlens.simulation.game STAGE`. It shows the XP and writes the combat log.

Once its window stands it writes `<stage>.window.json`, `{"text": [x, y, width, height]}` in physical pixels of the
screen. It plays when the stage has got its start. It ends with its window or with SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from combatlens.adapters.clock import SystemClock
from combatlens.ports import Clock
from combatlens.simulation.face import Face, text_box
from combatlens.simulation.facts import Earned
from combatlens.simulation.gamelog import line_of, opening
from combatlens.simulation.stage import TITLE, load_stage
from combatlens.simulation.witness import Sighting

_LOOKS_BETWEEN_READS = 5


class Game:
    """Tells the facts whose time has come: their lines into the log, their XP onto the face."""

    def __init__(self, path: Path, clock: Clock, log: TextIO) -> None:
        self._path = path
        self._stage = load_stage(path)
        self._clock = clock
        self._log = log
        self._waiting = self._stage.sightings()[::-1]
        rules = self._stage.rules
        self._face = Face(value=rules.xp, needed=rules.need, level=rules.level)
        self._looks = 0
        log.write(opening(clock.now()))
        log.flush()

    def look(self) -> Face:
        """The face of this moment; what has happened since the last look is written to the log first."""
        if not self._has_started():
            return self._face
        now = self._clock.now()
        text = ""
        while self._waiting and self._stage.wall(self._waiting[-1].fact.at) <= now:
            text += self._tell(self._waiting.pop())
        if text:
            self._log.write(text)
            self._log.flush()
        return self._face

    def _has_started(self) -> bool:
        self._looks += 1
        if not self._stage.starts_at and self._looks % _LOOKS_BETWEEN_READS == 0:
            self._stage = load_stage(self._path)
        return self._stage.starts_at > 0

    def _tell(self, seen: Sighting) -> str:
        fact = seen.fact
        line = line_of(fact, at=self._stage.wall(fact.at), character=self._stage.rules.character)
        if isinstance(fact, Earned):
            self._face = replace(self._face, value=fact.value, needed=fact.needed, level=fact.level)
        if line:
            self._face = replace(self._face, lines=(*self._face.lines, line.split(" ", 3)[3].strip())[-6:])
        return line if seen.log else ""


def main(arguments: list[str]) -> int:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QApplication

    from combatlens.simulation.window import GameWindow

    path = Path(arguments[0])
    stage = load_stage(path)
    app = QApplication([TITLE])
    signal.signal(signal.SIGTERM, lambda *_: app.quit())
    with Path(stage.log_path).open("a", encoding="utf-8") as log:
        window = GameWindow(TITLE, stage.window[2:], Game(path, SystemClock(), log).look)

        def placed(corner: QPoint, scale: float) -> None:
            x, y, width, height = (round(part * scale) for part in text_box(stage.window[2:]))
            report = path.with_suffix(".window.json")
            draft = report.with_suffix(".new")
            draft.write_text(json.dumps({"text": [corner.x() + x, corner.y() + y, width, height]}))
            draft.replace(report)

        window.placed.connect(placed)
        window.move(*stage.window[:2])
        window.show()
        return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
