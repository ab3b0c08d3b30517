"""From a request's body to a committed batch."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from aiohttp.web import BaseRequest, RequestPayloadError

from combatlens.adapters.bot_api.backend import Backend
from combatlens.adapters.bot_api.wire import Refusal
from combatlens.domain.door import admit_batch
from combatlens.domain.errors import RefusedEvent
from combatlens.domain.events import Event
from combatlens.ports import Receipt, Rejection

MAX_BODY = 8 * 1024 * 1024
BODY_TIMEOUT_S = 15.0
_TOO_LARGE = f"the body is over {MAX_BODY // 1024 // 1024} MiB; send smaller batches"
T = TypeVar("T")


async def read_body(request: BaseRequest) -> bytes:
    """The whole body, at most MAX_BODY bytes. Raises Refusal: 413 from the header alone, 408, 415."""
    headers = request.headers
    if (request.content_length or 0) > MAX_BODY:
        raise Refusal(413, _TOO_LARGE, close=True)
    if "Content-Encoding" in headers:
        raise Refusal(415, "a compressed body is not taken; send it as it is", close=True)
    if "Expect" in headers and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if request.content.is_eof():
        return request.content.read_nowait()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await _collect(request)
    except RequestPayloadError as error:
        raise Refusal(400, f"the body is broken off or badly chunked: {error}", close=True) from None
    except TimeoutError:
        raise Refusal(408, f"the body did not come within {BODY_TIMEOUT_S:g} s; send it again", close=True) from None


async def _collect(request: BaseRequest) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await request.content.readany():
        size += len(chunk)
        if size > MAX_BODY:
            raise Refusal(413, _TOO_LARGE, close=True)
        chunks.append(chunk)
    return b"".join(chunks)


class Answers(Generic[T]):
    """Brings the answers of other threads' futures into the loop. Those that come together wake it once.

    Unlike `asyncio.wrap_future`, giving up waiting does not cancel the future: the recorder will still set it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._arrived: deque[tuple[asyncio.Future[T], Future[T]]] = deque()
        self._woken = False

    def of(self, future: Future[T]) -> asyncio.Future[T]:
        waiter: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(lambda done: self._arrive(waiter, done))
        return waiter

    def _arrive(self, waiter: asyncio.Future[T], future: Future[T]) -> None:
        self._arrived.append((waiter, future))
        if not self._woken:
            self._woken = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._loop.call_soon, self._drain)

    def _drain(self) -> None:
        self._woken = False
        while self._arrived:
            waiter, future = self._arrived.popleft()
            if waiter.done():
                continue
            if future.cancelled():
                waiter.cancel()
            elif error := future.exception():
                waiter.set_exception(error)
            else:
                waiter.set_result(future.result())


def _kind(item: Event | RefusedEvent) -> str:
    kind = item.kind if isinstance(item, RefusedEvent) else str(item.__struct_config__.tag)
    return f"{kind}_event" if kind else "event"


class Intake:
    """Takes decoded batches in: stamps them, hands them to the recorder and tells what became of each."""

    def __init__(self, backend: Backend, answers: Answers[Receipt]) -> None:
        self._backend = backend
        self._answers = answers

    async def take(self, items: Sequence[Event | RefusedEvent]) -> dict[str, Any]:
        """The receipt, after the commit. Raises EnvironmentFault (Overloaded too) and Refusal."""
        batch = admit_batch(items, now=self._backend.clock.now(), source="bot")
        rejected = [Rejection(index, error) for index, error in batch.refused]
        receipt = Receipt(0)
        if batch.occurrences:
            receipt = await self.committed(self._backend.recorder.submit(batch.occurrences))
            rejected += [Rejection(batch.indexes[each.index], each.error) for each in receipt.rejected]
            rejected.sort(key=lambda each: each.index)
        for each in rejected:
            self._backend.on_refused("bot", _kind(items[each.index]), each.error)
        return {
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "rejected": rejected,
            "session_id": receipt.session_id,
        }

    def committed(self, future: Future[Receipt]) -> Awaitable[Receipt]:
        """Wait for the commit. The recorder answers every future it gave, be it with a fault."""
        return self._answers.of(future)
