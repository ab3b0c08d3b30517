"""Where a log was read up to, kept over restarts."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Protocol

from combatlens.services.files import write_whole


class PositionStore(Protocol):
    """Small JSON objects by key. `save` is durable when it returns."""

    def load(self, key: str) -> dict[str, Any] | None: ...
    def save(self, key: str, position: dict[str, Any]) -> None: ...


class FilePositions:
    """Positions in one JSON file, written whole or not at all; {} is a position forgotten. For any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def load(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            found = self._all().get(key)
        return found if isinstance(found, dict) else None

    def save(self, key: str, position: dict[str, Any]) -> None:
        """Raises EnvironmentFault."""
        with self._lock:
            everything = {name: value for name, value in self._all().items() if name != key}
            if position:
                everything[key] = position
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(everything).encode())

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
