"""`import`: every session that the files' events are in is told, the first time and again."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.importing import Imported, import_files

START = 1_700_000_000.0
DAY_S = 86_400.0


def lines(days: int) -> list[dict[str, Any]]:
    """A fight of ten skill uses and a kill on each of some days, begun and ended by name."""
    found: list[dict[str, Any]] = []
    for day in range(days):
        at = START + day * DAY_S
        found.append({"type": "session", "op": "start", "session_id": f"day-{day}", "at": at})
        found += [
            {"type": "skill", "skill": "slash", "damage": 5, "target": "rat", "at": at + 1 + n} for n in range(10)
        ]
        found += [
            {"type": "kill", "target": "rat", "at": at + 12},
            {"type": "session", "op": "end", "at": at + 13},
        ]
    return found


def take_in(home: Path, file: Path, events: list[dict[str, Any]]) -> Imported:
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return import_files(Home(home), [file], "events", "", None, lambda _progress: None, lambda: False)


def test_a_file_of_several_sessions_names_them_all_and_again_when_it_is_known(tmp_path: Path) -> None:
    for added in (39, 0):
        found = take_in(tmp_path / "home", tmp_path / "events.jsonl", lines(3))
        assert found.result.files[0].added == added
        assert [s["session_id"] for s in found.as_json()["sessions"]] == ["day-0", "day-1", "day-2"]
        assert [s["kills"] for s in found.as_json()["sessions"]] == [1, 1, 1]


def test_lines_out_of_order_make_the_same_sessions(tmp_path: Path) -> None:
    shuffled = lines(3)
    random.Random(1).shuffle(shuffled)
    found = take_in(tmp_path / "home", tmp_path / "events.jsonl", shuffled)
    assert [(s.session_id, s.kills, s.own_damage, s.state) for s in found.sessions] == [
        (f"day-{day}", 1, 50, "completed") for day in range(3)
    ]
