"""Who may speak to the server. Every web page the user visits can reach loopback, so a token is not all that is asked.

`Host` must name this machine (else a rebound DNS name would make a foreign page "same origin"), `Origin` must be our
own page, and `Sec-Fetch-Site` unmasks the requests that carry no Origin, such as pictures.
"""

from __future__ import annotations

import hmac
from enum import IntEnum

from aiohttp.web import BaseRequest

from combatlens.adapters.bot_api.wire import Refusal

SUBPROTOCOL = "combatlens.v1"


class Access(IntEnum):
    NONE = 0
    READ = 1
    FULL = 2


class Guard:
    """The checks, for one port and its tokens."""

    def __init__(self, port: int, token: str, read_token: str) -> None:
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = frozenset(names) | {f"{name}:{port}" for name in names}
        self._origins = frozenset(f"http://{name}:{port}" for name in names)
        self._token = token.encode()
        self._read_token = read_token.encode()

    def refuse_foreign(self, request: BaseRequest) -> None:
        """Raises Refusal (403) for a request that a foreign page may have caused."""
        headers = request.headers
        if headers.get("Host", "").lower() not in self._hosts:
            raise Refusal(403, "this Host is not served here; use http://127.0.0.1 and the port of api.json")
        origin = headers.get("Origin")
        if origin is not None and origin.lower() not in self._origins:
            raise Refusal(403, "a foreign Origin is refused; only CombatLens' own pages may call from a browser")
        if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise Refusal(403, "a call from a foreign page is refused; open the address yourself")

    def access(self, request: BaseRequest) -> Access:
        """What the token of this request allows."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._worth(token.strip())
        return Access.NONE

    def page_access(self, request: BaseRequest) -> tuple[Access, str | None]:
        """The right to look, from a WebSocket's subprotocols; and the one of them to answer with."""
        offered = [item.strip() for item in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        for item in offered:
            if self._worth(item):
                return Access.READ, SUBPROTOCOL if SUBPROTOCOL in offered else item
        return Access.NONE, None

    def _worth(self, token: str) -> Access:
        given = token.encode("utf-8", "surrogateescape")
        full = hmac.compare_digest(given, self._token)
        read = hmac.compare_digest(given, self._read_token)
        return Access.FULL if full else Access.READ if read else Access.NONE
