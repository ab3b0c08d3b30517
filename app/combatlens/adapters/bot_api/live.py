"""`/v1/live`: a WebSocket that pushes the newest snapshot and alerts, and takes events from those who may send them.

Messages out: `{"kind": "snapshot", "status": …}`, `{"kind": "alert", "alert": …}`, `{"kind": "receipt", …}` and
`{"kind": "error", "error": …}`. In: what `POST /v1/events` takes, one object or array a message; answered in order.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType
from aiohttp.web import BaseRequest, WebSocketResponse

from combatlens.adapters.bot_api.guard import Access
from combatlens.adapters.bot_api.intake import MAX_BODY, Intake
from combatlens.adapters.bot_api.wire import Refusal, status_object
from combatlens.domain.door import decode_batch
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import LiveStatus
from combatlens.ports import Live

PUSH_INTERVAL_S = 0.25
HEARTBEAT_S = 20.0
SEND_TIMEOUT_S = 5.0
MAX_LISTENERS = 64


class LiveFeed:
    """The listeners. While there are any, one task looks at the live picture and pushes it when it changed."""

    def __init__(self, live: Live, intake: Intake) -> None:
        self._live = live
        self._intake = intake
        self._listeners: set[WebSocketResponse] = set()
        self._pusher: asyncio.Task[None] | None = None

    async def serve(self, request: BaseRequest, access: Access, subprotocol: str | None) -> WebSocketResponse:
        """One listener, from handshake to close."""
        if len(self._listeners) >= MAX_LISTENERS:
            raise Refusal(503, f"{MAX_LISTENERS} listeners are connected already; close one")
        socket = WebSocketResponse(
            protocols=(subprotocol,) if subprotocol else (), heartbeat=HEARTBEAT_S, max_msg_size=MAX_BODY
        )
        await socket.prepare(request)
        self._listeners.add(socket)
        try:
            status = self._live.status()
            await socket.send_str(_snapshot(status))
            if self._pusher is None:
                self._pusher = asyncio.create_task(self._push(status), name="combatlens-live")
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await socket.send_str(await self._answer(message.data, access))
        except ConnectionError:
            pass  # it is gone; so be it
        finally:
            self._listeners.discard(socket)
        return socket

    async def alert(self, alert: dict[str, Any]) -> None:
        await self._send(_message({"kind": "alert", "alert": alert}))

    async def close(self) -> None:
        """Say goodbye to every listener and stop pushing."""
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
            self._pusher = None
        await self.drop(WSCloseCode.GOING_AWAY, b"CombatLens ends")

    async def drop(self, code: int, reason: bytes) -> None:
        leaving = [socket.close(code=code, message=reason) for socket in self._listeners]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.gather(*leaving, return_exceptions=True)

    async def _push(self, last: LiveStatus) -> None:
        try:
            while self._listeners:
                await asyncio.sleep(PUSH_INTERVAL_S)
                status = self._live.status()
                if _still(status) != _still(last):
                    await self._send(_snapshot(status))
                    last = status
        finally:
            self._pusher = None

    async def _send(self, text: str) -> None:
        await asyncio.gather(*(self._send_to(socket, text) for socket in tuple(self._listeners)))

    async def _send_to(self, socket: WebSocketResponse, text: str) -> None:
        """A listener that does not read is dropped, so that it holds nobody up."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(text)
        except (TimeoutError, ConnectionError):
            self._listeners.discard(socket)

    async def _answer(self, data: str | bytes, access: Access) -> str:
        if access < Access.FULL:
            return _message(
                {"kind": "error", "error": "this token may only look; send events with the token of api.json"}
            )
        try:
            raw = data.encode() if isinstance(data, str) else data
            return _message({"kind": "receipt", **await self._intake.take(decode_batch(raw))})
        except EnvironmentFault as fault:
            return _error(str(fault))
        except Refusal as refusal:
            return _error(refusal.message)


def _still(status: LiveStatus) -> LiveStatus:
    """The picture without the time it was taken."""
    return msgspec.structs.replace(status, current=msgspec.structs.replace(status.current, at=0.0))


def _snapshot(status: LiveStatus) -> str:
    return _message({"kind": "snapshot", "status": status_object(status)})


def _error(text: str) -> str:
    return _message({"kind": "error", "error": text})


def _message(body: dict[str, Any]) -> str:
    return msgspec.json.encode(body).decode()
