"""Acknowledged events a second through the bot API: a server process of its own, and real sockets.

`memory` commits into a set, so it shows the server alone; `sqlite` is the real recorder and its file, `postgresql` the
same with a server of its own, which syncs every commit to the disk.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from tests.benchmarks.histories import SERVER
from tests.postgres import Server, programs

SECONDS = 4.0
AIMS = {"1 connection": 500, "32 connections": 3000, "batches of 500": 50_000}


def serve(kind: str, home: str) -> None:
    """The server process; it runs until it is killed."""
    from combatlens.adapters.bot_api.backend import Backend
    from combatlens.adapters.bot_api.server import BotApiServer

    if kind == "memory":
        from tests.api_fakes import Api

        api = Api(Path(home))
        server = api.server
    else:
        from combatlens.bootstrap.core import Core
        from combatlens.bootstrap.home import Home

        core = Core(Home.of(home), what="a benchmark")
        core.start()
        backend = Backend(core.recorder, core.live, core.control, core.history, core.clock, "bench")
        server = BotApiServer(backend, Path(home), port=0)
    server.start()
    token = server._api_file.token if server._api_file else ""
    print(server.port, token, flush=True)
    threading.Event().wait()


class Sender(asyncio.Protocol):
    """One kept connection: the next request goes out when the answer to the last came in."""

    def __init__(self, requests: Any, until: float, done: asyncio.Future[None]) -> None:
        self.requests, self.until, self.done = requests, until, done
        self.answers = 0
        self.delays: list[float] = []
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        assert b'"rejected":[]' in body, self.got
        self.got = b""
        self.answers += 1
        now = time.perf_counter()
        self.delays.append(now - self.sent)
        if now < self.until:
            self.send()
        else:
            self.transport.close()
            self.done.set_result(None)


def requests(token: str, batch: int, connection: int) -> Any:
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    number = 0
    while True:
        events = []
        for _ in range(batch):
            number += 1
            events.append(
                f'{{"type":"skill","id":"{connection}-{number}","at":{time.time():.3f},"skill":"shot{number % 8}",'
                f'"damage":{number % 97},"target":"rat"}}'
            )
        body = events[0] if batch == 1 else "[" + ",".join(events) + "]"
        yield f"{head}{len(body)}\r\n\r\n{body}".encode()


async def _connect(sender: Sender, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: sender, "127.0.0.1", port)


async def load(port: int, token: str, connections: int, batch: int, label: str) -> tuple[float, float, float]:
    """Events a second, median and 99th percentile of the answer's delay in ms."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    senders = []
    for n in range(connections):
        made = requests(token, batch, hash((label, n)))
        sender = Sender(made, began + SECONDS, loop.create_future())
        await _connect(sender, port)
        senders.append(sender)
    await asyncio.gather(*(sender.done for sender in senders))
    spent = time.perf_counter() - began
    delays = sorted(delay for sender in senders for delay in sender.delays)
    events = sum(sender.answers for sender in senders) * batch
    return events / spent, delays[len(delays) // 2] * 1e3, delays[len(delays) * 99 // 100] * 1e3


def measure(kind: str, database: str = "") -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["app", "."]), "COMBATLENS_DATABASE": database}
        command = f"from tests.benchmarks.bench_api import serve; serve({kind!r}, {home!r})"
        with subprocess.Popen(
            [sys.executable, "-c", command], stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            port, token = process.stdout.readline().split()
            for label, connections, batch in (
                ("1 connection", 1, 1), ("32 connections", 32, 1), ("batches of 500", 4, 500),
            ):  # fmt: skip
                before = psutil.Process(process.pid).cpu_times()
                rate, median, slow = asyncio.run(load(int(port), token, connections, batch, label))
                after = psutil.Process(process.pid).cpu_times()
                cpu = (after.user + after.system - before.user - before.system) / SECONDS
                print(
                    f"{kind:11}{label:16}{rate:10,.0f} events/s  (aim {AIMS[label]:,})   "
                    f"median {median:.1f} ms, 99 % {slow:.1f} ms, server's CPU {cpu:.0%}"
                )
            process.kill()


def client_cost() -> None:
    """What one call costs the bot."""
    from tests.api_fakes import running

    from combatlens.api.client import BotClient

    with tempfile.TemporaryDirectory() as home, running(Path(home)), BotClient(home) as lens:
        delays = []
        for n in range(2000):
            began = time.perf_counter()
            lens.skill("shot", damage=n, target="rat")
            delays.append(time.perf_counter() - began)
            time.sleep(0.0005)
        lens.flush(10)
        delays.sort()
        print(
            f"BotClient, 2,000 calls: median {delays[1000] * 1e6:.0f} µs, 99 % {delays[1980] * 1e6:.0f} µs, "
            f"slowest {delays[-1] * 1e3:.1f} ms (promise: 50 ms)"
        )


def main() -> None:
    for kind in ("memory", "sqlite"):
        measure(kind)
    if programs() is not None:
        with tempfile.TemporaryDirectory(prefix="combatlens-pg-", ignore_cleanup_errors=True) as folder:
            server = Server(Path(folder))
            server.start(SERVER)
            try:
                measure("postgresql", server.database())
            finally:
                server.stop()
    client_cost()


if __name__ == "__main__":
    main()
