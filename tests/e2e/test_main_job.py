"""The main job: real pixels, a real log file, a real bot connection and real key presses, against the truth."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from combatlens.adapters.clock import SystemClock
from combatlens.simulation.demo import Demo, Performance
from combatlens.simulation.display import VirtualDesktop
from combatlens.simulation.hand import Hand
from combatlens.simulation.stage import Stage
from combatlens.simulation.troupe import Troupe

pytestmark = pytest.mark.e2e


def test_what_is_recorded_is_what_happened(
    desktop: VirtualDesktop, troupe: Troupe, stage: Stage, tmp_path: Path
) -> None:
    demo = Demo(troupe, Hand(desktop.env), SystemClock(), print, tmp_path / "pictures")
    performance = demo.play(stage)

    assert [line for line in performance.lines if not line.agrees] == []
    assert performance.exit_code == 0, "SIGTERM was not heard in time"
    true = {line.name: line.true for line in performance.lines}
    assert true["kills"] >= 5
    assert true["total_xp_gained"] > 500
    _every_source_took_part(performance)
    _the_files_stand(performance)
    names = [picture.name for picture in performance.pictures]
    assert names == ["overlay.png", "tray-menu.png", "history.png", "session.png"]
    assert all(picture.stat().st_size > 5_000 for picture in performance.pictures)


def _every_source_took_part(performance: Performance) -> None:
    session = performance.session
    assert session["xp"]["observed"] == session["total_xp_gained"], "the XP was not read off the screen"
    assert performance.bot["refused"] == []
    assert performance.bot["stats"]["pending"] == 0
    assert performance.bot["stats"]["accepted"] >= performance.bot["sent"]
    with sqlite3.connect(f"file:{performance.home / 'combatlens.db'}?mode=ro", uri=True) as store:
        rows = store.execute("select source, kind, count(*) from events group by 1, 2").fetchall()
    store.close()
    told = {(source, kind): number for source, kind, number in rows}
    assert told["screen", "xp"] >= 5
    assert told["log", "kill"] >= 1
    assert told["bot", "kill"] >= 1
    assert told["hotkey", "kill"] == told["hotkey", "mark"] == told["hotkey", "death"] == 1
    kills = sum(number for (_, kind), number in told.items() if kind == "kill")
    assert kills > session["kills"], "no kill was told by two sources: the test proves too little"


def _the_files_stand(performance: Performance) -> None:
    log = json.loads((performance.home / "logs/combat_usage_log.json").read_text())
    assert performance.session["session_id"] in json.dumps(log)
    insights = json.loads((performance.home / "profiles/learned_combat_insights.json").read_text())
    assert set(insights["skill_performance"]) >= {"Cinder Arc", "Sunder"}
    assert list((performance.home / "inbox").glob("*.jsonl")) == []
