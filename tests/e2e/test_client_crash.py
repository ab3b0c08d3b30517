"""The real program is killed again and again while a bot sends and another one writes to the inbox: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.repository import ROOT

from combatlens.api.client import BotClient
from combatlens.api.link import ask, find_instance

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")]

APP = ROOT / "app"


@contextmanager
def program(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running CombatLens without a face; killed at the end."""
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    environment.pop("DISPLAY", None)
    command = [sys.executable, "-m", "combatlens", "run", "--headless", "--home", str(home)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(lambda: pid_in(home) == process.pid and ask_health(home), 60)
            yield process
        finally:
            process.kill()


def pid_in(home: Path) -> int | None:
    try:
        found: int | None = json.loads((home / "api.json").read_bytes())["pid"]
    except (OSError, ValueError):
        return None
    return found


def ask_health(home: Path) -> bool:
    address = find_instance(home)
    return address is not None and ask(address, "/v1/health", timeout=1.0) is not None


def kills_in(home: Path) -> int:
    address = find_instance(home)
    assert address is not None
    answer = ask(address, "/v1/sessions?limit=1000", timeout=10.0)
    return sum(session["kills"] for session in answer["sessions"]) if answer else -1


def wait_for(true: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_killed_again_and_again_every_kill_counts_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    ending = threading.Event()
    sent = {"client": 0, "inbox": 0}

    def bot() -> None:
        with BotClient(tmp_path) as lens:
            while not ending.wait(0.004):
                lens.kill("rat")
                sent["client"] += 1

    def script() -> None:
        (tmp_path / "inbox").mkdir(parents=True, exist_ok=True)
        with (tmp_path / "inbox" / "script.jsonl").open("a") as file:
            while not ending.wait(0.01):
                for half in ('{"type":"kill",', '"target":"snake"}\n'):
                    file.write(half)
                    file.flush()
                sent["inbox"] += 1

    writers = [threading.Thread(target=bot), threading.Thread(target=script)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(2):
            with program(tmp_path) as process:
                time.sleep(chance.uniform(0.3, 1.2))
                process.kill()
    finally:
        ending.set()
        for writer in writers:
            writer.join()
    with program(tmp_path):
        wait_for(lambda: kills_in(tmp_path) >= sum(sent.values()), 60)
        time.sleep(1.0)  # what would count twice has come by now
        assert kills_in(tmp_path) == sum(sent.values())
    left = [path.name for path in (tmp_path / "inbox").iterdir()]
    assert not [name for name in left if name.endswith((".rejected", ".journal"))]
