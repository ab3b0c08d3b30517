"""The history as the windows, the API and the commands see it: the past, with the session that goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from combatlens.domain.records import SessionDetail, SessionSummary
from combatlens.ports import SessionPage, SessionQuery, StoreAway
from combatlens.services.insight_files import INSIGHTS


class Past(Protocol):
    def sessions(self, query: SessionQuery) -> SessionPage: ...
    def summary(self, session_id: str) -> SessionSummary: ...
    def detail(self, session_id: str) -> SessionDetail: ...
    def was_advised(self, recommendation_id: str) -> bool: ...


class LiveSessions(Protocol):
    def live_detail(self, session_id: str) -> SessionDetail | None: ...


class Documents(Protocol):
    def document(self, name: str) -> str | None: ...


class HistoryService:
    """`ports.History`. Occupied times of an open session are only in its fold, so that is asked first."""

    def __init__(
        self,
        past: Past,
        documents: Documents,
        live: LiveSessions | None = None,
        file: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> None:
        """`file`: the insights as they were last written, for when the store's server is away."""
        self._past = past
        self._documents = documents
        self._live = live
        self._file = file

    def sessions(self, query: SessionQuery) -> SessionPage:
        return self._past.sessions(query)

    def summary(self, session_id: str) -> SessionSummary:
        live = self._live.live_detail(session_id) if self._live else None
        return live.summary if live else self._past.summary(session_id)

    def detail(self, session_id: str) -> SessionDetail:
        live = self._live.live_detail(session_id) if self._live else None
        return live or self._past.detail(session_id)

    def insights(self) -> dict[str, Any]:
        try:
            body = self._documents.document(INSIGHTS)
        except StoreAway:
            return self._file() or {}
        try:
            return json.loads(body) if body else {}
        except ValueError:  # db check tells of it; the learner's next run makes them anew
            return {}

    def was_advised(self, recommendation_id: str) -> bool:
        if any(row["id"] == recommendation_id for row in self.insights().get("recommendations", [])):
            return True
        try:
            return self._past.was_advised(recommendation_id)
        except StoreAway:
            return True
