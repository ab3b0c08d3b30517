"""Short ways to make events and sessions in tests."""

from __future__ import annotations

from collections.abc import Iterable

from combatlens.domain.events import Event, Recorded
from combatlens.domain.fold import FoldRules, SessionFold
from combatlens.domain.refold import fold_all

START = 1_700_000_000.0


def records(timed: Iterable[tuple[float, Event]], source: str = "bot", first: int = 1) -> list[Recorded]:
    """(seconds since START, event) -> records in order of arrival."""
    return [
        Recorded(first + index, "s", START + at, START + at, source, "player", event)
        for index, (at, event) in enumerate(timed)
    ]


def folded(*timed: tuple[float, Event], source: str = "bot", rules: FoldRules | None = None) -> SessionFold:
    return fold_all(records(timed, source), (), START, "player", rules or FoldRules())
