"""How the program grows with its history: what a person waits for, and what an event costs, from 10^4 to 10^7 events.

The histories are made by `combatlens simulate --record` and kept: see histories.py, also for the larger ones. Where
two figures stand, the first is by the wall, the second CPU time. `COMBATLENS_BENCH_ENGINES=sqlite,postgresql`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import histories

COMMANDS = ("dashboard", "trends", "insights", "alerts")
RUNS = 3
LIMITS_MS = {"window": 150, "page": 200}
COMMAND_MS = 1000
Column = dict[str, Any]


def main() -> None:
    """Prints a table an engine; exit code 1 when something is over its limit."""
    engines = os.environ.get("COMBATLENS_BENCH_ENGINES", "sqlite,postgresql").split(",")
    missed: list[str] = []
    if "sqlite" in engines:
        missed += _table("SQLite", {size: _sqlite(size) for size in histories.sizes()})
    if "postgresql" in engines and (server := histories.postgresql()) is not None:
        try:
            missed += _table("PostgreSQL", {size: _postgresql(server, size) for size in histories.sizes()})
        finally:
            server.stop()
    if missed:
        sys.exit("over the limit: " + ", ".join(missed))


def _sqlite(size: int) -> Column:
    home = histories.sqlite_history(size)
    file = home / "combatlens.db"
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        events = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    found = {"events": events, "bytes an event": file.stat().st_size / events, **_reads(str(home), {})}
    with histories.copy_of(home) as copy:
        found |= _child("history_writes", str(copy / "combatlens.db"), {})
        found["peer"] = _raw_sqlite(copy / "combatlens.db")
    return found


def _postgresql(server: histories.Histories, size: int) -> Column:
    url = server.database(size)
    name = f"history_{size}"
    events = int(server.server.sql(name, "SELECT count(*) FROM events"))
    stored = int(server.server.sql(name, "SELECT pg_database_size(current_database())"))
    home = str(histories.folder() / "home")
    found = {"events": events, "bytes an event": stored / events, **_reads(home, {"COMBATLENS_DATABASE": url})}
    with server.copy_of(size) as copy:
        found |= _child("history_writes", copy, {})
        found["peer"] = _raw_postgresql(copy)
    return found


def _reads(home: str, more: dict[str, str]) -> Column:
    found = _child("history_reads", home, more)
    for command in COMMANDS:
        found[f"analytics {command}"] = min(_command(home, command, more) for _ in range(RUNS))
    return found


def _child(module: str, place: str, more: dict[str, str]) -> Column:
    environment = {**os.environ, **more, "PYTHONPATH": os.pathsep.join(["app", "."])}
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", place]
    done = subprocess.run(command, check=True, env=environment, capture_output=True)
    found: Column = json.loads(done.stdout.splitlines()[-1])
    return found


def _command(home: str, command: str, more: dict[str, str]) -> tuple[float, float]:
    """Seconds of the whole program, by the wall and of CPU; with its bytecode, as an installed program has it."""
    begun, before = time.perf_counter(), os.times()
    arguments = [*histories.COMBATLENS, "--home", home, "analytics", command]
    environment = {**os.environ, **more, "PYTHONPYCACHEPREFIX": str(histories.folder() / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=environment)
    taken, after = time.perf_counter() - begun, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return taken, used


def _raw_sqlite(file: Path) -> float:
    """The peer: the same rows into the same table by `executemany`, a transaction every 20,000; events a second."""
    bare = file.with_name("bare.db")
    shutil.copyfile(file, bare)
    with contextlib.closing(sqlite3.connect(bare)) as connection:
        connection.execute("PRAGMA synchronous = normal")
        rows = connection.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 60000").fetchall()
        rows = [(row[0] + 10**9, *row[1:8], row[8] and f"{row[8]}-again", row[9]) for row in reversed(rows)]
        begun = time.perf_counter()
        for first in range(0, len(rows), 20_000):
            with connection:
                connection.executemany(f"INSERT INTO events VALUES ({'?, ' * 9}?)", rows[first : first + 20_000])
        spent = time.perf_counter() - begun
    bare.unlink()
    return len(rows) / spent


def _raw_postgresql(url: str) -> float:
    """The peer: psycopg's COPY of the same rows into a table of the same columns with its key, and nothing else."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 60000").fetchall()
        cursor.execute("CREATE TABLE bare (LIKE events)")
        cursor.execute("ALTER TABLE bare ADD PRIMARY KEY (seq, at)")
        connection.commit()
        begun = time.perf_counter()
        for first in range(0, len(rows), 20_000):
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows[first : first + 20_000]:
                    copy.write_row(row)
            connection.commit()
        return len(rows) / (time.perf_counter() - begun)


def _table(title: str, columns: dict[int, Column]) -> list[str]:
    print(f"\n{title:<44}" + "".join(f"{column['events']:>19,}" for column in columns.values()))
    missed = []

    def line(name: str, limit: str, cells: list[str]) -> None:
        print(f"{name:<30}{limit:>14}" + "".join(f"{cell:>19}" for cell in cells))

    def times(name: str, key: str, limit_ms: float | None) -> None:
        found = [column[key] for column in columns.values()]
        if limit_ms is not None and any(wall * 1000 > limit_ms for wall, _ in found):
            missed.append(f"{title}: {name}")
        cells = [f"{wall * 1000:,.0f} / {busy * 1000:,.0f}" for wall, busy in found]
        line(f"{name}, ms", f"<= {limit_ms:,.0f}" if limit_ms else "", cells)

    line("sessions", "", [f"{column['sessions']:,}" for column in columns.values()])
    for key in ("window", "window, first time", "last rows of the list", "search that finds nothing"):
        times(key, key, LIMITS_MS["window"] if key == "window" else None)
    for key in ("page", "page, first time"):
        times(key, key, LIMITS_MS["page"] if key == "page" else None)
    line("memory of the windows, MB", "", [f"{column['memory']:,.0f}" for column in columns.values()])
    for command in COMMANDS:
        times(f"analytics {command}", f"analytics {command}", COMMAND_MS)
        times("  inside a running program", f"in process: {command}", None)
    line("ingest, events/s", ">= 50,000", [f"{c['rate'][0]:,.0f} / {c['rate'][1]:,.0f}" for c in columns.values()])
    line("  peer: bare inserts", "", [f"{column['peer']:,.0f}" for column in columns.values()])
    for key, limit in (("ack p50 ms", ""), ("ack p99 ms", "<= 25"), ("cpu ms a single", "")):
        line(f"{key} (500 a second)", limit, [f"{column[key]:,.2f}" for column in columns.values()])
    line("bytes an event", "", [f"{column['bytes an event']:,.0f}" for column in columns.values()])
    if any(column["rate"][0] < 50_000 for column in columns.values()):
        missed.append(f"{title}: ingest")
    if any(column["ack p99 ms"] > 25 for column in columns.values()):
        missed.append(f"{title}: acknowledgements")
    return missed


if __name__ == "__main__":
    main()
