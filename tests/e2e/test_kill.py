"""kill -9 of the application at ten random moments of a demo: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.remote import running_instance
from combatlens.domain.errors import EnvironmentFault
from combatlens.simulation.demo import LEAD_S, wait_until
from combatlens.simulation.display import wait_for
from combatlens.simulation.facts import Earned
from combatlens.simulation.stage import Stage
from combatlens.simulation.troupe import Troupe
from combatlens.simulation.truth import compare

pytestmark = pytest.mark.e2e

KILLS = 10


class Witness:
    """A bot that sends mark after mark and remembers which of them were acknowledged."""

    def __init__(self, troupe: Troupe) -> None:
        self._troupe = troupe
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witness")
        self.acknowledged: set[str] = set()
        self.refused: list[Any] = []

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stopping.wait(0.02):
            remote = running_instance(self._troupe.home)
            while remote is not None and not self._stopping.wait(0.005):
                number += 1
                try:
                    receipt = remote.send([{"type": "mark", "id": f"witness-{number}", "label": "witness"}])
                except EnvironmentFault:
                    remote = None
                    continue
                self.refused += receipt["rejected"]
                self.acknowledged.add(f"witness-{number}")


def test_ten_kills_lose_nothing_that_was_acknowledged(troupe: Troupe, stage: Stage) -> None:
    clock, chance = SystemClock(), random.Random(20)
    troupe.start_game(replace(stage, minutes=0.9))
    remote = troupe.start_application()
    remote.post("/v1/sessions", {})
    wait_for(lambda: remote.get("/v1/status")["xp_value"] == stage.rules.xp, "the first reading", 60.0)
    stage = troupe.begin(clock.now() + LEAD_S)
    with Witness(troupe) as witness:
        for turn in range(KILLS):
            wait_until(clock.now() + chance.uniform(0.1, 2.5), clock)
            troupe.kill("application")
            before = set(witness.acknowledged)
            _nothing_is_corrupt(troupe.home.root)
            assert before <= _stored(troupe.home.database)
            if turn % 3 == 1:  # this one may die before it has answered once
                troupe.launch_application()
            else:
                remote = troupe.start_application()
        wait_until(stage.ends_at, clock)
    assert witness.refused == []
    assert len(witness.acknowledged) > 10 * KILLS
    assert troupe.wait_for_bot(60.0)["refused"] == []
    last = [seen.fact for seen in stage.sightings() if isinstance(seen.fact, Earned)][-1]
    wait_for(lambda: remote.get("/v1/status")["xp_value"] == last.value, "the last reading", 60.0)
    wait_until(stage.ends_at + 3.0, clock)
    remote.post("/v1/sessions/current/end")
    assert troupe.end("application") == 0
    assert witness.acknowledged <= _stored(troupe.home.database)
    _nothing_is_corrupt(troupe.home.root)
    assert [line for line in compare(stage.truth(), _all_sessions(troupe)) if not line.agrees] == []


def _stored(database: Path) -> set[str]:
    with sqlite3.connect(database) as store:
        found = {name for (name,) in store.execute("select event_id from events where event_id is not null")}
    store.close()
    return found


def _nothing_is_corrupt(home: Path) -> None:
    with sqlite3.connect(home / "combatlens.db") as store:
        assert store.execute("pragma integrity_check").fetchall() == [("ok",)]
    store.close()
    for path in home.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    assert list(home.rglob("*.corrupt-*")) == []


def _all_sessions(troupe: Troupe) -> dict[str, Any]:
    """The sums over every session: a crash may have parted the demo into several."""
    total: dict[str, Any] = {"skills": {}}
    for row in troupe.command("sessions", "list"):
        session = troupe.command("sessions", "show", row["session_id"])
        assert session["state"] in ("completed", "error")
        for key in ("total_xp_gained", "kills", "deaths", "total_damage_dealt", "total_damage_taken", "loot_value"):
            total[key] = total.get(key, 0) + session[key]
        for name, skill in session["skills"].items():
            entry = total["skills"].setdefault(name, {"usage_count": 0, "total_damage": 0})
            for key in entry:
                entry[key] += skill[key]
    return total
