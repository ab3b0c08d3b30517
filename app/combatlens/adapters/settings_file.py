"""`settings.toml` of a home: read, and written whole with the user's comments kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import Table

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import Settings, decode_settings
from combatlens.services.files import write_whole


class TomlSettings:
    """`ports.SettingsStore` over a file; without one every setting has its default."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def load(self) -> Settings:
        """Raises EnvironmentFault that names the line at fault."""
        with self._lock:
            if not self._path.exists():
                return Settings()
            return decode_settings(self._read(), str(self._path))

    def save(self, settings: Settings) -> None:
        """Written whole or not at all."""
        with self._lock:
            document = tomlkit.parse(self._read() if self._path.exists() else "")
            _lay(document, msgspec.to_builtins(settings))
            write_whole(self._path, tomlkit.dumps(document).encode())

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentFault(
                f"{self._path} cannot be read: {error}", "save it as UTF-8, mend its rights, or delete it"
            ) from error


def _lay(target: tomlkit.TOMLDocument | Table, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            inner = target.get(key)
            if not isinstance(inner, Table):
                inner = tomlkit.table()
                target[key] = inner
            _lay(inner, value)
        elif target.get(key) != value:
            target[key] = value
