"""The simulated bot: `python -m combatlens.simulation.bot STAGE`. It tells what it does through `BotClient`.

It keeps an account of what was acknowledged in `<stage>.bot.json`: `{"sent": n, "stats": {…}}`.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

import msgspec

from combatlens.adapters.clock import SystemClock
from combatlens.api.client import BotClient
from combatlens.ports import Clock
from combatlens.simulation.events import event_of
from combatlens.simulation.stage import Stage, load_stage


def events_of(stage: Stage) -> list[tuple[float, dict[str, object]]]:
    """(Unix seconds, event) of all that the bot tells, in order. Ids are fixed: sending again counts once."""
    told = []
    for index, seen in enumerate(stage.sightings()):
        if seen.bot:
            at = stage.wall(seen.fact.at)
            event = event_of(seen.fact, at=at, identity=f"bot-{stage.seed}-{stage.starts_at:.0f}-{index}")
            told.append((at, msgspec.to_builtins(event)))
    return told


class Bot:
    def __init__(self, stage: Stage, clock: Clock, client: BotClient) -> None:
        self._stage = stage
        self._clock = clock
        self._client = client
        self._stopping = threading.Event()
        self.sent = 0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Send each event when its time has come; returns after the last one, or soon after `stop`."""
        self._client.context(build=self._stage.rules.build.name, mode=self._stage.rules.mode)
        for at, event in events_of(self._stage):
            while (left := at - self._clock.now()) > 0:
                if self._stopping.wait(min(left, 0.5)):
                    return
            self._client.send(event)
            self.sent += 1


def main(arguments: list[str]) -> int:
    path = Path(arguments[0])
    stage = load_stage(path)
    refused: list[str] = []
    with BotClient(
        stage.home, character=stage.rules.character, on_rejected=lambda _event, why: refused.append(why)
    ) as client:
        bot = Bot(stage, SystemClock(), client)
        signal.signal(signal.SIGTERM, lambda *_: bot.stop())
        bot.run()
        client.flush(20)
        account = {"sent": bot.sent, "stats": client.stats, "refused": refused}
    path.with_suffix(".bot.json").write_text(json.dumps(account), encoding="utf-8")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
