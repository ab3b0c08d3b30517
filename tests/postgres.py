"""A real PostgreSQL server for tests, started from Debian's package in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest


def programs() -> Path | None:
    """Where initdb and postgres are; None when PostgreSQL is not installed."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Server:
    """One server on a Unix socket; nothing listens on the network."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        if found is None:
            pytest.skip("PostgreSQL is not installed (Debian package: postgresql)")
        self._programs = found
        self.folder = folder
        self._as: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
            for parent in (folder, *folder.parents):
                if parent != Path("/tmp"):
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._data = folder / "data"
        if (self._data / "PG_VERSION").exists():
            return
        self._run("initdb", "-D", str(self._data), "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=60)

    def start(self, more: str = "-c fsync=off -c shared_buffers=16MB") -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} {more}"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def is_running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def url(self, name: str, user: str = "owner") -> str:
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def database(self) -> str:
        """A fresh, empty database's address."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.create(name)
        return self.url(name)

    def create(self, name: str, like: str = "template1") -> None:
        """A database of this name, in place of one that is there; `like`: with all that this one holds."""
        self.drop(name)
        self._run("createdb", "-h", str(self.folder), "-U", "owner", "-T", like, name)

    def drop(self, name: str) -> None:
        self._run("dropdb", "--if-exists", "--force", "-h", str(self.folder), "-U", "owner", name)

    def sql(self, name: str, statement: str) -> str:
        """What psql prints: bare values."""
        command = ["psql", "-h", str(self.folder), "-U", "owner", "-d", name, "-AtXqc", statement]
        program = [*self._as, str(self._programs / command[0]), *command[1:]]
        return subprocess.run(program, check=True, capture_output=True, text=True, cwd=self.folder).stdout.strip()

    def has(self, name: str) -> bool:
        return bool(self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))
