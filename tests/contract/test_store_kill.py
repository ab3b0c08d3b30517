"""`kill -9` at random moments, over both engines; the server is restarted under load too."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.desk import Bench
from tests.postgres import Server
from tests.repository import ROOT

from combatlens.adapters.spool import FileSpool
from combatlens.bootstrap.home import Home

ROUNDS = int(os.environ.get("COMBATLENS_KILLS", "4"))
"""How often each store's writer is killed; `make kill` does it 200 times."""
AWAY_EVERY = 4
RECORDER = """
import sys, time
from pathlib import Path
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.events import Kill, Occurrence, SkillUse

root, url, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
core = Core(Home(root, url, "north" if url else ""), what="a test")
core.closing.ended = lambda _session: None  # files and learner are not what is tried here
core.learner.request = lambda: None
core.start()
while True:  # 500 events a second, ten at a time
    events = [Kill(id=f"k{first + n}") if n % 5 else SkillUse(skill="a", id=f"k{first + n}") for n in range(10)]
    now = core.clock.now()
    core.recorder.submit([Occurrence(event, now, "bot") for event in events]).result(30)
    print(first, flush=True)
    first += 10
    time.sleep(0.02)
"""


class Victim:
    """A recorder in a process of its own; `acknowledged` are the ids it had an answer for."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.acknowledged: set[str] = set()
        self._next = 0
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "app")}
        command = [
            sys.executable, "-c", RECORDER, str(self.home.root), self.home.database_url, str(self._next)
        ]  # fmt: skip
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

    def end(self) -> None:
        """Whatever happened to the test: nothing of it goes on."""
        if self._child is not None and self._child.poll() is None:
            self.kill()

    def kill(self) -> None:
        assert self._child is not None
        self._child.kill()
        rest, _ = self._child.communicate()
        for line in rest.splitlines(keepends=True):
            if line.endswith("\n"):
                self._note(line)

    def faults(self) -> list[str]:
        """What is still waiting, missing though acknowledged, counted twice, or unlike a recount."""
        home, spool = self.home, FileSpool(self.home.spool)
        bench = Bench(home.database_url or home.database, machine=home.machine, spool=spool)
        try:
            bench.clock.waited = 1e9
            bench.recorder.call(bench.recorder._deliver).result(120)
            found = Counter(r.event.id for head in bench.store.heads() for r in bench.store.records(head.session_id))
            return [
                *([f"{len(spool)} batches were not delivered"] if len(spool) else []),
                *(f"{name} is missing" for name in sorted(self.acknowledged - set(found))),
                *(f"{name} counts {times} times" for name, times in found.items() if times > 1),
                *bench.faults(),
            ]
        finally:
            bench.close()
            spool.close()


MakeVictim = Callable[[Home], Victim]


@pytest.fixture
def victim_of() -> Iterator[MakeVictim]:
    made: list[Victim] = []

    def make(home: Home) -> Victim:
        made.append(Victim(home))
        return made[-1]

    yield make
    for victim in made:
        victim.end()


def _kill_often(victim: Victim, server: Server | None) -> None:
    """Kill the writer at random moments; the server goes and comes under load, and before a start, too."""
    chance = random.Random(6)
    for turn in range(ROUNDS):
        victim.start()
        if server is not None and turn % AWAY_EVERY == 1:
            server.stop(chance.choice(["immediate", "fast"]))
        victim.read(chance.randrange(1, 30))
        if server is not None and turn % AWAY_EVERY == 2:
            server.start()
            victim.read(chance.randrange(1, 60))
        time.sleep(chance.random() * 0.05)
        victim.kill()
    if server is not None and not server.is_running():
        server.start()


@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_nothing_acknowledged_is_missing_or_counted_twice(victim_of: MakeVictim, tmp_path: Path) -> None:
    victim = victim_of(Home(tmp_path / "home"))
    _kill_often(victim, None)
    assert len(victim.acknowledged) >= ROUNDS * 20
    assert victim.faults() == []


@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_the_same_on_a_server_that_goes_and_comes(victim_of: MakeVictim, postgres: Server, tmp_path: Path) -> None:
    victim = victim_of(Home(tmp_path / "home", postgres.database(), "north"))
    _kill_often(victim, postgres)
    assert len(victim.acknowledged) >= ROUNDS * 20
    assert victim.faults() == []


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_the_server_is_restarted_under_load(victim_of: MakeVictim, postgres: Server, tmp_path: Path, mode: str) -> None:
    victim = victim_of(Home(tmp_path / "home", postgres.database(), "north"))
    victim.start()
    victim.read(15)
    postgres.stop(mode)
    try:
        victim.read(15)
    finally:
        postgres.start()
    victim.read(150)
    victim.kill()
    assert victim.faults() == []
