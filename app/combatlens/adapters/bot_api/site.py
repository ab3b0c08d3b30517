"""What is served where, and to whom."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import unquote

from aiohttp.web import BaseRequest, StreamResponse

from combatlens.adapters.bot_api.calls import Call
from combatlens.adapters.bot_api.guard import Access, Guard
from combatlens.adapters.bot_api.live import LiveFeed
from combatlens.adapters.bot_api.pages import load_pages
from combatlens.adapters.bot_api.wire import Refusal, refusal_of
from combatlens.domain.errors import EnvironmentFault

log = logging.getLogger(__name__)


class Site:
    """Guards every request, finds its call, and turns faults into answers."""

    def __init__(self, guard: Callable[[], Guard], calls: tuple[Call, ...], live: LiveFeed) -> None:
        self._guard = guard
        self._live = live
        self._fixed = {(call.method, call.path): call for call in calls if "{" not in call.path}
        self._patterns = [(call.path.split("/"), call) for call in calls if "{" in call.path]
        self._pages = load_pages()

    async def answer(self, request: BaseRequest) -> StreamResponse:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            return refusal.response()
        except EnvironmentFault as fault:
            return refusal_of(fault).response()
        except ConnectionError:
            return Refusal(400, "the connection broke", close=True).response()
        except Exception:
            log.exception("a bug in the answer to %s %s", request.method, request.path)
            return Refusal(500, "a bug in CombatLens; logs/combatlens.log has the details").response()

    async def _answer(self, request: BaseRequest) -> StreamResponse:
        guard = self._guard()
        guard.refuse_foreign(request)
        path = request.path
        call, argument = self._fixed.get((request.method, path)), ""
        if call is None:
            if path in self._pages and request.method == "GET":
                return self._pages[path].response()
            if path == "/v1/live" and request.method == "GET":
                return await self._listen(request, guard)
            call, argument = self._by_pattern(request)
        if not call.free:
            _admit(guard.access(request), request.method)
        return await call.handler(request, argument)

    def _by_pattern(self, request: BaseRequest) -> tuple[Call, str]:
        steps = request.rel_url.raw_path.split("/")
        allowed = [method for method, path in self._fixed if path == request.path]
        for pattern, call in self._patterns:
            if len(pattern) == len(steps) and all(p == s or p[:1] == "{" for p, s in zip(pattern, steps, strict=True)):
                if call.method == request.method:
                    return call, next(unquote(s) for p, s in zip(pattern, steps, strict=True) if p[:1] == "{")
                allowed.append(call.method)
        if allowed:
            raise Refusal(405, f"use {' or '.join(allowed)} here", close=True, headers={"Allow": ", ".join(allowed)})
        raise Refusal(404, f"there is nothing at {request.path}; GET /openapi.json lists the calls", close=True)

    async def _listen(self, request: BaseRequest, guard: Guard) -> StreamResponse:
        access, subprotocol = guard.access(request), None
        if access is Access.NONE:
            access, subprotocol = guard.page_access(request)
        _admit(access, "GET")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise Refusal(426, "this is a WebSocket; connect with ws://", headers={"Upgrade": "websocket"})
        return await self._live.serve(request, access, subprotocol)


def _admit(access: Access, method: str) -> None:
    if access is Access.NONE:
        remedy = "send `Authorization: Bearer <token>` with the token of api.json"
        raise Refusal(401, f"no valid token; {remedy}", close=True, headers={"WWW-Authenticate": "Bearer"})
    if access is Access.READ and method != "GET":
        raise Refusal(403, "this token may only look; use the token of api.json", close=True)
