"""How a bot's process finds the instance of a home and speaks with it. Standard library only."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from pathlib import Path
from typing import Any, NamedTuple

SEND_TIMEOUT_S = 5.0
_RECEIPT = {"accepted", "duplicates", "rejected"}


class Address(NamedTuple):
    port: int
    token: str


class Unanswered(Exception):
    """No instance took the batch."""


class Busy(Exception):
    """The instance asks to come again later."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"come again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


def find_instance(home: Path) -> Address | None:
    """What `<home>/api.json` says, None when no instance announces itself there."""
    try:
        content = json.loads((home / "api.json").read_bytes())
        return Address(int(content["port"]), str(content["token"])) if content["pid"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Link:
    """A kept connection to the instance of `home`, for one thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._headers: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> dict[str, Any]:
        """Send event lines; returns the receipt. Raises Busy, Unanswered.

        A kept connection that the server closed meanwhile is opened anew, once.
        """
        for fresh in (False, True):
            connection = self._connection
            if fresh or connection is None:
                self.hang_up()
                connection = self._connect()
            try:
                status, retry_after, answer = self._exchange(connection, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.hang_up()
                if fresh or isinstance(error, TimeoutError):
                    raise Unanswered(str(error) or type(error).__name__) from None
                continue
            if status == 200:
                return answer
            if status == 429:
                raise Busy(retry_after)
            self.hang_up()  # 401: the token was replaced; api.json has the new one
            if fresh or status != 401:
                raise Unanswered(f"{status}: {answer.get('error', '')}")
        raise Unanswered("refused")

    def _exchange(self, connection: http.client.HTTPConnection, body: bytes) -> tuple[int, float, dict[str, Any]]:
        connection.request("POST", "/v1/events", body, self._headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if not isinstance(answer, dict) or (response.status == 200 and not answer.keys() >= _RECEIPT):
            raise ValueError("something else than CombatLens answers on its port")
        return response.status, float(response.headers.get("Retry-After", 1)), answer

    def _connect(self) -> http.client.HTTPConnection:
        address = find_instance(self._home)
        if address is None:
            raise Unanswered("none announces itself in api.json")
        self._headers = {"Authorization": f"Bearer {address.token}", "Content-Type": "application/x-ndjson"}
        self._connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=SEND_TIMEOUT_S)
        return self._connection

    def hang_up(self, *, abruptly: bool = False) -> None:
        """Let go of the connection. `abruptly`: only wake the thread that waits for an answer on it."""
        connection = self._connection
        if connection is None:
            return
        if abruptly:
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
            return
        connection.close()
        self._connection = None


def ask(address: Address, path: str, *, timeout: float, body: bytes | None = None) -> dict[str, Any] | None:
    """One call on a connection of its own; None when there is no good answer within `timeout` seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=timeout)
    try:
        connection.request("GET" if body is None else "POST", path, body, {"Authorization": f"Bearer {address.token}"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if response.status in (200, 201) and isinstance(answer, dict) else None
