"""Histories for the benchmarks, made by `combatlens simulate --record` and kept outside the checkout.

`COMBATLENS_BENCH_EVENTS`: their sizes, such as `10000,10000000` (default: up to a million, which takes a minute or two
to make; ten millions take some ten minutes and 3 GB). `COMBATLENS_BENCH_HISTORIES`: where they are kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import Server, programs

EVENTS_A_SESSION = 1000
MINUTES = 14.0
SERVER = "-c shared_buffers=256MB -c max_wal_size=4GB"
COMBATLENS = [
    sys.executable, "-c", "import sys; sys.path.insert(0, 'app'); from combatlens.__main__ import main; main()",
]  # fmt: skip


def sizes() -> list[int]:
    return [int(float(size)) for size in os.environ.get("COMBATLENS_BENCH_EVENTS", "1e4,1e5,1e6").split(",")]


def folder() -> Path:
    given = os.environ.get("COMBATLENS_BENCH_HISTORIES")
    found = Path(given) if given else Path.home() / ".cache" / "combatlens-histories"
    found.mkdir(parents=True, exist_ok=True)
    return found


def sqlite_history(events: int) -> Path:
    """A home with so many events; made where it is not there yet."""
    home = folder() / f"history-{events}"
    if not home.exists():
        making = folder() / f"making-{events}"
        shutil.rmtree(making, ignore_errors=True)
        _simulate(making, events, {})
        making.rename(home)
    return home


def _simulate(home: Path, events: int, more: dict[str, str]) -> None:
    print(f"making a history of {events:,} events once, in {home} {' '.join(more)}", flush=True)
    what = ["--sessions", str(max(1, events // EVENTS_A_SESSION)), "--minutes", str(MINUTES)]
    command = [*COMBATLENS, "--home", str(home), "simulate", "--record", *what]
    done = subprocess.run(command, check=True, env={**os.environ, **more}, stdout=subprocess.PIPE, text=True)
    print(done.stdout.splitlines()[-1], flush=True)


@contextmanager
def copy_of(home: Path) -> Iterator[Path]:
    """A home to write into."""
    with tempfile.TemporaryDirectory(prefix="copy-", dir=folder()) as name:
        shutil.copyfile(home / "combatlens.db", Path(name) / "combatlens.db")
        os.sync()  # else the measured writes queue behind the copy's
        yield Path(name)


class Histories:
    """A PostgreSQL server with a database a size; it syncs every commit to the disk, as servers do."""

    def __init__(self) -> None:
        place = folder() / "postgresql"
        place.mkdir(exist_ok=True)
        self.server = Server(place)
        self.server.start(SERVER)

    def database(self, events: int) -> str:
        """The address of one with so many events; made where it is not there yet."""
        name = f"history_{events}"
        if not self.server.has(name):
            self.server.create(f"making_{events}")
            with tempfile.TemporaryDirectory(prefix="combatlens-bench-") as home:
                _simulate(Path(home), events, {"COMBATLENS_DATABASE": self.server.url(f"making_{events}")})
            self.server.sql("postgres", f"ALTER DATABASE making_{events} RENAME TO {name}")
            self.server.sql(name, "VACUUM ANALYZE")
        return self.server.url(name)

    @contextmanager
    def copy_of(self, events: int) -> Iterator[str]:
        self.server.create("copy", like=f"history_{events}")
        try:
            yield self.server.url("copy")
        finally:
            self.server.drop("copy")

    def stop(self) -> None:
        self.server.stop("fast")


def postgresql() -> Histories | None:
    """None where PostgreSQL is not installed."""
    return Histories() if programs() is not None else None
