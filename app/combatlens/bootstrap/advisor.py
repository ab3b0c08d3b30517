"""What the API answers about learning: `adapters.bot_api.backend.Advisor` over a home."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from combatlens.ports import Clock, History

if TYPE_CHECKING:
    from combatlens.services.progress_board import ProgressBoard


class HomeAdvisor:
    """Advice from the insights, progress from the newest sessions. Blocking reads, for the API's reader thread."""

    def __init__(self, root: Path, history: History, clock: Clock) -> None:
        self._root = root
        self._history = history
        self._clock = clock

    def recommendations(self, character: str) -> list[dict[str, Any]]:  # noqa: ARG002
        """What is learned, is learned from all characters together; a comparison holds them apart where it can."""
        found: list[dict[str, Any]] = self._history.insights().get("recommendations", [])
        return found

    def metrics(self) -> dict[str, Any]:
        return self._board.metrics()

    def report(self) -> dict[str, Any]:
        return self._board.report()

    def goals(self) -> list[dict[str, Any]]:
        return self._board.goals()

    @cached_property
    def _board(self) -> ProgressBoard:
        from combatlens.services.goal_book import GoalBook  # brings scipy: only where somebody asks
        from combatlens.services.progress_board import ProgressBoard

        return ProgressBoard(
            self._history, GoalBook(self._root / "goals.json", self._history, self._clock), self._clock
        )
