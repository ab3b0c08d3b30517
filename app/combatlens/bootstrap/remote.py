"""Talking to the instance that runs on a home, through its own API."""

from __future__ import annotations

import http.client
import json
from typing import Any

from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault

TIMEOUT_S = 30.0


class NotAnswering(EnvironmentFault):
    """The instance is gone, or hangs."""


class Remote:
    """A running instance. Every call raises EnvironmentFault with the instance's own words when it is refused."""

    def __init__(self, port: int, token: str, pid: int) -> None:
        self._port = port
        self._token = token
        self.pid = pid

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", path, body)

    def send(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Events, as JSON objects -> the receipt."""
        found: dict[str, Any] = self.post("/v1/events", events)
        return found

    def _call(self, method: str, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotAnswering(f"the running CombatLens does not answer: {error}", "start it again") from error
        finally:
            connection.close()
        try:
            found = json.loads(raw) if raw else {}
        except ValueError:
            found = {"error": raw.decode(errors="replace")}
        if response.status >= 400:
            raise EnvironmentFault(str(found.get("error", response.reason)))
        return found


def running_instance(home: Home) -> Remote | None:
    """The instance that runs on `home`, None when none answers."""
    try:
        found = json.loads(home.api_file.read_text(encoding="utf-8"))
        remote = Remote(int(found["port"]), str(found["token"]), int(found["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        remote.get("/v1/status")
    except EnvironmentFault:
        return None
    return remote
