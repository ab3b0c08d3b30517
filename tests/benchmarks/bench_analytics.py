"""The analytics commands over a history of 10,000 sessions, as a user waits for them: the whole program, start to end.

The history stands for 10 million events. No analytics command reads events, so none are made: what is read are the
rollups of 10,000 sessions of 40 minutes, each with 8 skills, 2 zones and 3 actions.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from combatlens.adapters.storage import schema, told
from combatlens.adapters.storage.engine import open_sqlite, upgrade
from combatlens.domain.records import SessionSummary
from combatlens.learning.told import ActionTotals, Said, SourceTotals, Told

SESSIONS = 10_000
LIMIT_S = 1.0
COMMANDS = ("dashboard", "trends", "insights", "alerts")
MINUTES = 40


def main() -> None:
    """Prints a line a command; exit code 1 when one is over its limit."""
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        _fill(Path(folder))
        for command in COMMANDS:
            for days in ("", "30"):
                taken, busy = min(_run(folder, command, days) for _ in range(3))
                name = f"analytics {command}" + (f" --days {days}" if days else "")
                print(f"{name:<30} {taken:6.2f} s (limit {LIMIT_S:g} s), {busy:.2f} s of CPU")
                if taken > LIMIT_S:
                    slow.append(command)
    if slow:
        sys.exit(f"over the limit: {', '.join(slow)}")


def _run(folder: str, command: str, days: str) -> tuple[float, float]:
    """Seconds of the whole program, by the wall and of CPU."""
    more = ["--days", days] if days else []
    begin, before = time.perf_counter(), os.times()
    program = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, 'app'); from combatlens.__main__ import main; main()",
    ]
    arguments = ["--home", folder, "analytics", command, "--json", *more]
    subprocess.run([*program, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, used


def _fill(folder: Path) -> None:
    rng = random.Random(1)
    engine = open_sqlite(folder / "combatlens.db")
    upgrade(engine)
    newest = time.time()
    with engine.begin() as connection:
        for part in range(0, SESSIONS, 1000):
            _sessions(connection, range(part, part + 1000), newest, rng)
    engine.dispose()


def _sessions(connection: Connection, numbers: range, newest: float, rng: random.Random) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (schema.sessions, schema.session_skills, schema.session_zones, schema.minutes)
    }
    defaults = {column.name: 0 for column in schema.sessions.c if not column.nullable}
    for number in numbers:
        key, start, active = number + 1, newest - (SESSIONS - number) * 9000, MINUTES * 60.0
        xp = rng.gauss(30_000, 3000)
        summary = msgspec.json.encode(SessionSummary(session_id=f"s{key}", start_time=start)).decode() + " " * 3000
        rows[schema.sessions].append({
            **defaults, "key": key, "session_id": f"s{key}", "character": "player", "profile": "default", "owner": "",
            "state": "completed", "start_at": start, "end_at": start + active, "last_at": start, "active_s": active,
            "xp": xp, "kills": 100, "deaths": rng.randrange(4), "damage": 9e4, "build": f"build {key % 3}",
            "rating": rng.choice((None, 3.0, 4.0, 5.0)), "summary": summary,
        })  # fmt: skip
        rows[schema.session_skills] += [
            {"session": key, "name": f"skill {i}", "uses": 100, "successes": rng.randrange(80, 100), "damage": 1e4,
             "xp": 9.0, "occupied_s": 150.0, "criticals": 1, "max_damage": 9.0}
            for i in range(8)
        ]  # fmt: skip
        rows[schema.session_zones] += [
            {"session": key, "name": f"zone {i}", "kills": 50, "active_s": active / 2, "xp": xp / 2} for i in range(2)
        ]
        rows[schema.minutes] += [
            {"session": key, "start": (start // 60 + i) * 60, "active_s": 60.0, "xp": xp / MINUTES, "damage": 1.0,
             "damage_taken": 1.0, "kills": 1, "deaths": 0, "uses": 20}
            for i in range(MINUTES)
        ]  # fmt: skip
    for table, values in rows.items():
        connection.execute(insert(table), values)
    actions = {f"action {i}": ActionTotals(uses=40, successes=39, duration_s=50.0, timed=40) for i in range(3)}
    sources = {"bot": SourceTotals(events=1000, delay_p50_s=0.01, delay_p95_s=0.02)}
    for number in numbers:
        said = (Said(at=newest - number, kind="feedback", value=4.0, text="stuck at the bridge", tags=("bridge",)),)
        told.put_session(connection, number + 1, Told(actions=actions, said=said, sources=sources), [])
