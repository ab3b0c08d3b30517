"""The bot API's server: one thread, one asyncio loop, loopback only."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import WSCloseCode
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import Server

from combatlens.adapters.bot_api.announce import HOST, ApiFile, listen, new_token, read_api_file, write_api_file
from combatlens.adapters.bot_api.backend import Backend
from combatlens.adapters.bot_api.calls import Calls
from combatlens.adapters.bot_api.guard import Guard
from combatlens.adapters.bot_api.intake import Answers, Intake
from combatlens.adapters.bot_api.live import LiveFeed
from combatlens.adapters.bot_api.site import Site
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ports import Receipt

DEFAULT_PORT = 47800
IDLE_TIMEOUT_S = 60.0
LINGER_S = 1.0
MAX_CONNECTIONS = 256
STOP_GRACE_S = 0.7
log = logging.getLogger(__name__)
_http_log = log.getChild("http")
_http_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))
"""What is no HTTP is the sender's fault and answered with 400; only our own faults belong in the log."""


class BotApiServer:
    """Starts with `start`, ends with `stop`; both may be called from any thread but its own.

    While it runs, `<home>/api.json` names its port, token and process.
    """

    name = "bot API"

    def __init__(self, backend: Backend, home: Path, port: int = DEFAULT_PORT) -> None:
        self._backend = backend
        self._home = home
        self._wanted_port = port
        self._api_file: ApiFile | None = None
        self._guard: Guard | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending: asyncio.Event | None = None
        self._live: LiveFeed | None = None
        self._since = backend.clock.now()

    @property
    def port(self) -> int:
        """The port it listens on. 0 before the start."""
        return self._api_file.port if self._api_file else 0

    def page_url(self, path: str = "/") -> str:
        """A page's address with the read-only token in its fragment, which no server ever sees."""
        if self._api_file is None:
            raise EnvironmentFault("the bot API does not run", "switch it on in the settings")
        return f"http://{HOST}:{self.port}{path}#{self._api_file.read_token}"

    def health(self) -> Health:
        if self._thread is None or not self._thread.is_alive():
            return Health(self.name, "off", "not running", "switch it on in the settings", self._since)
        if self.port != self._wanted_port and self._wanted_port:
            note = f"listens on port {self.port}, as {self._wanted_port} is taken"
            return Health(self.name, "ok", note, "", self._since)
        return Health(self.name, "ok", f"listens on {HOST}:{self.port}", "", self._since)

    def start(self) -> None:
        """Listen and announce. Raises EnvironmentFault when no port or no api.json can be had."""
        listener = listen(self._wanted_port)
        try:
            self._announce(listener.getsockname()[1])
        except EnvironmentFault:
            listener.close()
            raise
        self._since = self._backend.clock.now()
        running: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(listener, running), name="combatlens-api", daemon=True)
        self._thread.start()
        running.result()

    def stop(self, timeout: float = 2.0) -> None:
        """Answer what is under way, close, withdraw from api.json. Safe to call twice."""
        thread, loop, ending = self._thread, self._loop, self._ending
        if thread is None or loop is None or ending is None:
            return
        self._thread = None
        loop.call_soon_threadsafe(ending.set)
        thread.join(timeout)
        if thread.is_alive():
            log.warning("the bot API did not end within %g s", timeout)
        self._loop = self._live = None
        self._withdraw()

    def push_alert(self, alert: Mapping[str, Any]) -> None:
        """Send an alert to every listener of /v1/live. From any thread; without a listener it is nothing."""
        loop, live = self._loop, self._live
        if loop is not None and live is not None:
            asyncio.run_coroutine_threadsafe(live.alert(dict(alert)), loop)

    def renew_token(self) -> str:
        """New tokens from now on; listeners with old ones are disconnected. Raises EnvironmentFault."""
        if self._api_file is None:
            raise EnvironmentFault("the bot API does not run", "start it first")
        renewed = ApiFile(port=self.port, token=new_token(), pid=os.getpid())
        write_api_file(self._home, renewed)
        self._accept(renewed)
        if self._loop is not None and self._live is not None:
            goodbye = self._live.drop(WSCloseCode.POLICY_VIOLATION, b"the token was replaced")
            asyncio.run_coroutine_threadsafe(goodbye, self._loop)
        return renewed.token

    def _announce(self, port: int) -> None:
        before = read_api_file(self._home) or ApiFile(port=port, token=new_token())
        content = msgspec.structs.replace(before, port=port, pid=os.getpid())
        write_api_file(self._home, content)
        self._accept(content)

    def _accept(self, content: ApiFile) -> None:
        self._api_file = content
        self._guard = Guard(content.port, content.token, content.read_token)

    def _withdraw(self) -> None:
        now = read_api_file(self._home)
        if now is not None and self._api_file is not None and now.pid == self._api_file.pid:
            write_api_file(self._home, msgspec.structs.replace(now, pid=None))

    def _run(self, listener: socket.socket, running: Future[None]) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve(listener, running))
        except BaseException as error:
            if running.done():
                raise
            running.set_exception(error)

    async def _serve(self, listener: socket.socket, running: Future[None]) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._ending = ending = asyncio.Event()
        reader = ThreadPoolExecutor(1, thread_name_prefix="combatlens-api-reads")
        answers: Answers[Receipt] = Answers(loop)
        intake = Intake(self._backend, answers)
        self._live = LiveFeed(self._backend.live, intake)
        calls = Calls(self._backend, intake, reader, self.renew_token)
        site = Site(self._guard_now, calls.table(), self._live)
        protocols = Server(
            site.answer, keepalive_timeout=IDLE_TIMEOUT_S, lingering_time=LINGER_S, access_log=None, logger=_http_log
        )
        accepting = await loop.create_server(
            lambda: _Turned("CombatLens ends") if ending.is_set() else _welcome(protocols), sock=listener
        )
        running.set_result(None)
        await ending.wait()
        loop.remove_reader(listener.fileno())
        for _ in range(3):  # what was accepted by now becomes a connection, which can be closed
            await asyncio.sleep(0)
        accepting.close()
        await self._live.close()
        protocols.pre_shutdown()
        await protocols.shutdown(STOP_GRACE_S)
        reader.shutdown(wait=False, cancel_futures=True)

    def _guard_now(self) -> Guard:
        assert self._guard is not None
        return self._guard


class _Turned(asyncio.Protocol):
    """Answers a connection that is not served with the reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        body = f'{{"error":"{self._reason}"}}'
        head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        transport.write(f"{head}Connection: close\r\n\r\n{body}".encode())
        transport.close()


def _welcome(protocols: Server) -> asyncio.Protocol:
    if len(protocols.connections) >= MAX_CONNECTIONS:
        return _Turned("too many connections; keep one open and use it again")
    return protocols()
