"""`profiles/learned_combat_insights.json` in a user's home: what bots read of what was learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from combatlens.services.files import read_json_object, write_json

if TYPE_CHECKING:
    from combatlens.ports import Clock

INSIGHTS = "insights"
"""The store's document with the same."""


class InsightFile:
    """The insights on disk, whole or not at all. The store keeps the truth; this file can always be made again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock

    def write(self, insights: dict[str, Any]) -> None:
        """Replace the file; a broken one that lies there is kept as `*.corrupt-<time>`. Raises EnvironmentFault."""
        read_json_object(self.path, self._clock)
        write_json(self.path, insights)

    def read(self, rebuilt: dict[str, Any]) -> dict[str, Any]:
        """The file's object; where it is missing or broken it is rebuilt from `rebuilt` (the store's) first."""
        found = read_json_object(self.path, self._clock)
        if found is not None:
            return found
        if rebuilt:
            write_json(self.path, rebuilt)
        return rebuilt
