"""The history while the store's server is away: it says what the file says, and refuses no decision."""

from __future__ import annotations

from typing import Any, NoReturn

from combatlens.ports import StoreAway
from combatlens.services.history import HistoryService


class Gone:
    """A store whose server does not answer."""

    def _away(self, *_: Any) -> NoReturn:
        raise StoreAway("the server does not answer", "start it")

    sessions = summary = detail = document = was_advised = _away


def test_a_decision_is_taken_while_nobody_can_tell_what_was_advised() -> None:
    history = HistoryService(Gone(), Gone(), file=lambda: {"recommendations": [{"id": "build-1"}]})
    assert history.was_advised("build-1")
    assert history.was_advised("given earlier, perhaps")
