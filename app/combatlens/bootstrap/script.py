"""Recording from a script: through the running instance where there is one, else straight into the home."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import wait
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import Remote, running_instance
from combatlens.domain import door
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.present import session_json, snapshot_json
from combatlens.domain.snapshot import Snapshot
from combatlens.services.committing import SCRIPT
from combatlens.services.corrections import Correction

FILES_WITHIN_S = 120.0
"""The files that follow a session's end are waited for so long."""


class Recording(Protocol):
    """What a script needs of CombatLens. Every call returns after the commit."""

    def send(self, events: list[dict[str, Any]], source: str = "bot") -> dict[str, Any]:
        """Event objects -> receipt (accepted, duplicates, rejected, session_id). Raises EnvironmentFault."""

    def status(self) -> dict[str, Any]: ...
    def end(self) -> dict[str, Any]:
        """End the open session -> its summary, once the files are written. Raises EnvironmentFault."""

    def insights(self) -> dict[str, Any]: ...
    def close(self) -> None: ...


class RemoteRecording:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def send(self, events: list[dict[str, Any]], source: str = "bot") -> dict[str, Any]:  # noqa: ARG002 - its door knows
        return self._remote.send(events)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self._remote.get("/v1/status")
        return found

    def end(self) -> dict[str, Any]:
        found: dict[str, Any] = self._remote.post("/v1/sessions/current/end")
        summary: dict[str, Any] = found.get("summary", found)
        return summary

    def insights(self) -> dict[str, Any]:
        found: dict[str, Any] = self._remote.get("/v1/insights")
        return found

    def session(self, session_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._remote.get("/v1/sessions/" + quote(session_id, safe=""))
        return found

    def decide(self, chosen: Sequence[tuple[str, str]]) -> None:
        for name, what in chosen:
            self._remote.post(f"/v1/recommendations/{quote(name, safe='')}/decision", {"decision": what})

    def edit(self, session_id: str, asked: Correction) -> dict[str, Any]:
        return self._revise(session_id, "edit", asked.told())

    def delete(self, session_id: str) -> None:
        self._revise(session_id, "delete", {})

    def merge(self, session_ids: Sequence[str]) -> dict[str, Any]:
        return self._revise(session_ids[0], "merge", {"with": list(session_ids[1:])})

    def split(self, session_id: str, at: float) -> dict[str, Any]:
        return self._revise(session_id, "split", {"at": at})

    def _revise(self, session_id: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._remote.post(f"/v1/sessions/{quote(session_id, safe='')}/{what}", body)
        return found

    def close(self) -> None:
        """Nothing is held."""


class LocalRecording:
    """A core of our own. The session stays open across calls of separate scripts: its owner is "script"."""

    def __init__(self, home: Home, profile: str | None = None) -> None:
        self.core = Core(home, what="a script", profile=profile, owner=SCRIPT)
        self.core.start()

    def send(self, events: list[dict[str, Any]], source: str = "bot") -> dict[str, Any]:
        now = self.core.clock.now()
        batch = [door.admit(door.decode_event(msgspec.json.encode(event)), now=now, source=source) for event in events]
        receipt = self.core.recorder.submit(batch).result()
        found: dict[str, Any] = msgspec.to_builtins(receipt)
        return found

    def status(self) -> dict[str, Any]:
        snapshot = self.core.recorder.snapshot_now(self.core.profile.character)
        return snapshot_json(snapshot or Snapshot(character=self.core.profile.character))

    def end(self) -> dict[str, Any]:
        receipt = self.core.control.end().result()
        if receipt.session_id is None:
            raise NotFound(receipt.rejected[0].error if receipt.rejected else "there is no session to end")
        self.core.closing.wait(FILES_WITHIN_S)
        return session_json(self.core.history.summary(receipt.session_id))

    def insights(self) -> dict[str, Any]:
        return self.core.history.insights()

    def session(self, session_id: str) -> dict[str, Any]:
        return session_json(self.core.history.summary(session_id))

    def decide(self, chosen: Sequence[tuple[str, str]]) -> None:
        """Advice -> what became of it; told by `insights` when this returns."""
        made = [{"type": "decision", "recommendation_id": name, "decision": what} for name, what in chosen]
        ensure_accepted(self.send(made))
        wait([self.core.learner.request()], FILES_WITHIN_S)

    def edit(self, session_id: str, asked: Correction) -> dict[str, Any]:
        return self._told(self.core.editor.edit(session_id, asked))

    def delete(self, session_id: str) -> None:
        self.core.editor.delete([session_id])
        self.core.closing.wait(FILES_WITHIN_S)

    def merge(self, session_ids: Sequence[str]) -> dict[str, Any]:
        return self._told(self.core.editor.merge(session_ids))

    def split(self, session_id: str, at: float) -> dict[str, Any]:
        return self._told(self.core.editor.split(session_id, at))

    def _told(self, session_id: str) -> dict[str, Any]:
        self.core.closing.wait(FILES_WITHIN_S)
        return self.session(session_id)

    def close(self) -> None:
        self.core.stop()


def open_recording(home: Home, profile: str | None = None) -> RemoteRecording | LocalRecording:
    """Through the running instance, else with the home's lock. Raises HomeInUse, EnvironmentFault."""
    remote = running_instance(home)
    return RemoteRecording(remote) if remote else LocalRecording(home, profile)


def ensure_accepted(receipt: dict[str, Any]) -> dict[str, Any]:
    """Raises EnvironmentFault with the reason when an event of the receipt was refused."""
    if receipt["rejected"]:
        raise EnvironmentFault(str(receipt["rejected"][0]["error"]))
    return receipt
