"""Where a log was read up to, kept over restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol


class PositionStore(Protocol):
    """Small JSON objects by key. `save` is durable when it returns."""

    def load(self, key: str) -> dict[str, Any] | None: ...
    def save(self, key: str, position: dict[str, Any]) -> None: ...


class FilePositions:
    """Positions in one JSON file, written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, key: str) -> dict[str, Any] | None:
        found = self._all().get(key)
        return found if isinstance(found, dict) else None

    def save(self, key: str, position: dict[str, Any]) -> None:
        everything = self._all() | {key: position}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(json.dumps(everything), encoding="utf-8")
        os.replace(new, self._path)

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
