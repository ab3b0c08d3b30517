"""`kill -9` at random moments, over both engines; the server is restarted under load too."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.integration.test_recorder import Bench
from tests.postgres import Server

from combatlens.adapters.spool import FileSpool

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("COMBATLENS_KILLS", "4"))
RECORDER = """
import sys, time
from pathlib import Path
from combatlens.adapters.clock import SystemClock
from combatlens.adapters.spool import FileSpool
from combatlens.domain.events import Kill, Occurrence, SkillUse
from tests.integration.test_recorder import Bench

place, spool, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
large = place.startswith("postgresql")
bench = Bench(place if large else Path(place), machine="north" if large else "", spool=FileSpool(Path(spool)))
clock = SystemClock()
bench.clock.now, bench.clock.monotonic = clock.now, clock.monotonic
while True:  # 500 events a second, ten at a time
    events = [Kill(id=f"k{first + n}") if n % 5 else SkillUse(skill="a", id=f"k{first + n}") for n in range(10)]
    now = clock.now()
    bench.recorder.submit([Occurrence(event, now, "bot") for event in events]).result(30)
    print(first, flush=True)
    first += 10
    time.sleep(0.02)
"""


class Victim:
    """A recorder in a process of its own; `acknowledged` are the ids it had an answer for."""

    def __init__(self, place: Path | str, spool: Path) -> None:
        self.place, self.spool = place, spool
        self.acknowledged: set[str] = set()
        self._next = 0
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'app'}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-c", RECORDER, str(self.place), str(self.spool), str(self._next)]
        self._child = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.read(1)

    def read(self, lines: int) -> None:
        """Wait for so many more answers."""
        assert self._child is not None
        assert self._child.stdout is not None
        for _ in range(lines):
            self._note(self._child.stdout.readline())

    def _note(self, line: str) -> None:
        assert line, "the recorder has ended by itself"
        first = int(line)
        self.acknowledged.update(f"k{first + n}" for n in range(10))
        self._next = first + 1000

    def kill(self) -> None:
        assert self._child is not None
        self._child.kill()
        rest, _ = self._child.communicate()
        for line in rest.splitlines(keepends=True):
            if line.endswith("\n"):
                self._note(line)


@pytest.fixture(params=["sqlite", "postgresql"])
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Victim:
    place: Path | str = tmp_path / "store.db"
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres").database()
    return Victim(place, tmp_path / "spool.db")


def _assert_all_there(victim: Victim) -> None:
    large = isinstance(victim.place, str)
    spool = FileSpool(victim.spool)
    bench = Bench(victim.place, machine="north" if large else "", spool=spool)
    try:
        bench.recorder.call(bench.recorder._deliver).result(30)
        assert len(spool) == 0
        found = [r.event.id for head in bench.store.heads() for r in bench.store.records(head.session_id)]
        assert len(found) == len(set(found))
        assert victim.acknowledged <= set(found)
        bench.assert_sound()
    finally:
        bench.close()
        spool.close()


def test_nothing_acknowledged_is_missing_or_counted_twice(victim: Victim) -> None:
    chance = random.Random(6)
    for _ in range(ROUNDS):
        victim.start()
        victim.read(chance.randrange(1, 30))
        time.sleep(chance.random() * 0.05)
        victim.kill()
    assert len(victim.acknowledged) >= ROUNDS * 20
    _assert_all_there(victim)


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_the_server_is_restarted_under_load(postgres: Server, tmp_path: Path, mode: str) -> None:
    victim = Victim(postgres.database(), tmp_path / "spool.db")
    victim.start()
    victim.read(15)
    postgres.stop(mode)
    try:
        victim.read(15)
    finally:
        postgres.start()
    victim.read(150)
    victim.kill()
    _assert_all_there(victim)
