"""The folder of one person's data, and the lock that makes one process its writer."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from combatlens.adapters.home import home_folder
from combatlens.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from filelock import FileLock


@dataclass(frozen=True)
class Home:
    """Where everything of a home lies."""

    root: Path
    database_url: str = ""
    """A PostgreSQL server in place of the file; "" for the file."""
    machine: str = ""
    """Under which name this home writes there."""

    @classmethod
    def of(cls, given: str | os.PathLike[str] | None = None) -> Home:
        """`given`, else COMBATLENS_HOME, else the platform's folder; the store is COMBATLENS_DATABASE's, if it says."""
        url = os.environ.get("COMBATLENS_DATABASE", "")
        return cls(home_folder(given).absolute(), url, _machine() if url else "")

    @property
    def database(self) -> Path:
        return self.root / "combatlens.db"

    @property
    def usage_log(self) -> Path:
        return self.root / "logs" / "combat_usage_log.json"

    @property
    def program_log(self) -> Path:
        return self.root / "logs" / "combatlens.log"

    @property
    def insights(self) -> Path:
        return self.root / "profiles" / "learned_combat_insights.json"

    @property
    def profiles(self) -> Path:
        return self.root / "profiles"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def api_file(self) -> Path:
        return self.root / "api.json"

    @property
    def goals(self) -> Path:
        return self.root / "goals.json"

    @property
    def trials(self) -> Path:
        return self.root / "trials.json"

    @property
    def suspect(self) -> Path:
        """It is there when damage was met in the store: the next start reads the whole file."""
        return self.root / "store-suspect"

    @property
    def spool(self) -> Path:
        return self.root / "spool.db"

    @property
    def positions(self) -> Path:
        """Where sources stopped reading, when the store is on a server."""
        return self.root / "positions.json"

    @property
    def glyphs(self) -> Path:
        return self.root / "glyphs"

    def prepare(self) -> None:
        """Make the folders. Raises EnvironmentFault."""
        try:
            for folder in (self.root, self.root / "logs", self.profiles, self.inbox):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentFault(
                f"the home folder {self.root} cannot be made: {error.strerror}", "choose another with --home"
            ) from error

    def ensure_there(self) -> None:
        """For what only looks: a folder that is not there is not made. Raises EnvironmentFault."""
        if not self.root.is_dir() and not self.database_url:
            raise EnvironmentFault(f"there is no folder {self.root}", "check --home; combatlens run makes a new one")
        self.prepare()


def _machine() -> str:
    import socket  # only a store on a server asks for the name

    return (os.environ.get("COMBATLENS_MACHINE") or socket.gethostname())[:100]


class HomeInUse(EnvironmentFault):
    """Another process writes this home."""


class HomeLock:
    """The operating system's lock on a home: free again when its holder dies."""

    def __init__(self, home: Home) -> None:
        self._path = home.root / "writer.lock"
        self._holder = home.root / "writer.json"
        self._lock: FileLock | None = None

    def acquire(self, what: str, wait_s: float = 0.0) -> None:
        """`what` tells others who holds it. Raises HomeInUse."""
        from filelock import FileLock, Timeout  # brings asyncio, which commands that only read do without

        self._lock = self._lock or FileLock(self._path)
        try:
            self._lock.acquire(timeout=wait_s)
        except Timeout:
            raise HomeInUse(f"{self.holder()} writes this home", "end it, or use another --home") from None
        except OSError as error:
            raise EnvironmentFault(
                f"the home folder cannot be written: {error.strerror}", "choose another with --home"
            ) from error
        self._holder.write_text(json.dumps({"pid": os.getpid(), "what": what}))

    def holder(self) -> str:
        try:
            found = json.loads(self._holder.read_text())
            return f"{found['what']} (process {found['pid']})"
        except (OSError, ValueError, KeyError):
            return "another process"

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
