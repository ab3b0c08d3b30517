"""Care of the store by the instance that writes to it: `adapters.bot_api.backend.Care`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from combatlens.adapters.storage import upkeep
from combatlens.bootstrap.core import Core

if TYPE_CHECKING:
    from combatlens.adapters.bot_api.backend import PruneRequest


class Caretaker:
    """Between two commits of the recorder; what comes in meanwhile waits in its queue."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def prune(self, asked: PruneRequest) -> dict[str, Any]:
        core, now = self._core, self._core.clock.now()
        done = core.editor.tend(
            lambda: upkeep.prune(
                core.engine, now - asked.older_than_s, now,
                kinds=asked.modes, character=asked.character, dry_run=asked.dry_run,
            )
        )  # fmt: skip
        found: dict[str, Any] = msgspec.to_builtins(done)
        return found

    def optimize(self) -> dict[str, Any]:
        core = self._core
        before, after = core.editor.tend(lambda: upkeep.optimize(core.engine, core.home.database))
        return {"bytes_before": before, "bytes_after": after}
