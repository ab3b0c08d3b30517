"""/v1/live over real WebSockets: snapshots, alerts, events, and who may send them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from tests.api_fakes import Api, running, wait_until

from combatlens.adapters.bot_api import live
from combatlens.ports import Overloaded

Socket = aiohttp.ClientWebSocketResponse


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(live, "PUSH_INTERVAL_S", 0.02)
    with running(tmp_path) as api:
        yield api


def talk(api: Api, conversation: Callable[[Socket], Awaitable[None]], *protocols: str, **headers: str) -> None:
    """Connect, hold the conversation, close. Without `protocols` the token goes into the header."""

    async def run() -> None:
        sent = headers or ({} if protocols else {"Authorization": f"Bearer {api.token}"})
        async with (
            aiohttp.ClientSession() as session,
            asyncio.timeout(10),
            session.ws_connect(
                f"http://127.0.0.1:{api.server.port}/v1/live", protocols=protocols, headers=sent
            ) as socket,
        ):
            await conversation(socket)

    asyncio.run(run())


def refused(api: Api, *protocols: str, **headers: str) -> int:
    async def nothing(_: Socket) -> None:
        raise AssertionError("it was let in")

    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        talk(api, nothing, *protocols, **headers)
    return error.value.status


def test_the_picture_comes_at_once_and_whenever_it_changes(api: Api) -> None:
    async def conversation(socket: Socket) -> None:
        first = await socket.receive_json()
        assert (first["kind"], first["status"]["character"], first["status"]["kills"]) == ("snapshot", "Ana", 0)
        now = api.live.value
        api.live.value = msgspec.structs.replace(now, current=msgspec.structs.replace(now.current, at=5.0))
        await asyncio.sleep(0.1)  # the time alone is no news
        api.live.value = msgspec.structs.replace(now, current=msgspec.structs.replace(now.current, kills=4))
        assert (await socket.receive_json())["status"]["kills"] == 4

    talk(api, conversation)


def test_alerts_are_pushed_to_every_listener(api: Api) -> None:
    api.server.push_alert({"kind": "nobody listens"})

    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        api.server.push_alert({"kind": "stalled", "message": "no events for 3 min"})
        assert await socket.receive_json() == {
            "kind": "alert",
            "alert": {"kind": "stalled", "message": "no events for 3 min"},
        }

    talk(api, conversation)


def test_events_are_taken_and_answered_in_order(api: Api) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        await socket.send_json({"type": "kill", "id": "a"})
        await socket.send_json([{"type": "kill", "id": "a"}, {"type": "nonsense"}])
        await socket.send_bytes(b'{"type":"death"}')
        await socket.send_str("hello")
        api.recorder.occurrences.clear()
        answers = [await socket.receive_json() for _ in range(4)]
        assert [(a["kind"], a.get("accepted"), a.get("duplicates")) for a in answers] == [
            ("receipt", 1, 0), ("receipt", 0, 1), ("receipt", 1, 0), ("error", None, None),
        ]  # fmt: skip
        assert answers[1]["rejected"][0]["index"] == 1
        api.recorder.fault = Overloaded(2)
        await socket.send_json({"type": "kill"})
        assert "send again in 2 s" in (await socket.receive_json())["error"]

    talk(api, conversation)


@pytest.mark.parametrize("offered", [("combatlens.v1", "{read}"), ("{read}",), ("combatlens.v1", "{full}")])
def test_a_page_may_look_but_not_send(api: Api, offered: tuple[str, ...]) -> None:
    protocols = [name.format(read=api.read_token, full=api.token) for name in offered]

    async def conversation(socket: Socket) -> None:
        assert socket.protocol == protocols[0]
        assert (await socket.receive_json())["kind"] == "snapshot"
        await socket.send_json({"type": "kill"})
        assert "may only look" in (await socket.receive_json())["error"]

    talk(api, conversation, *protocols)
    assert api.recorder.occurrences == []


def test_strangers_are_refused(api: Api) -> None:
    assert refused(api, "combatlens.v1", "wrong") == 401
    assert refused(api, Authorization="Bearer wrong") == 401
    right = f"Bearer {api.token}"
    assert refused(api, Authorization=right, Origin="http://evil.test") == 403
    assert refused(api, Authorization=right, Host="evil.test") == 403
    assert refused(api, "combatlens.v1", api.read_token, Origin="null") == 403


def test_what_is_no_websocket_is_told(api: Api) -> None:
    status, answer, _ = api.call("GET", "/v1/live")
    assert status == 426
    assert "WebSocket" in answer["error"]


def test_a_huge_message_ends_that_connection_only(api: Api) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        await socket.send_str("[" + " " * live.MAX_BODY + "]")
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    with contextlib.suppress(ConnectionError):  # it hangs up without reading to the end
        talk(api, conversation)
    assert api.call("GET", "/v1/health")[0] == 200


def test_a_new_token_disconnects_the_old_ones(api: Api) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        await asyncio.to_thread(api.server.renew_token)
        goodbye = await socket.receive()
        assert (goodbye.type, goodbye.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.POLICY_VIOLATION)

    talk(api, conversation, "combatlens.v1", api.read_token)


def test_the_end_says_goodbye(tmp_path: Path) -> None:
    api = Api(tmp_path)
    api.server.start()

    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        ending = asyncio.create_task(asyncio.to_thread(api.server.stop))
        goodbye = await socket.receive()
        assert (goodbye.type, goodbye.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)
        await ending

    talk(api, conversation)


def test_listeners_that_leave_are_forgotten_and_too_many_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_LISTENERS", 1)

    async def conversation(socket: Socket) -> None:
        await socket.receive_json()
        assert await asyncio.to_thread(refused, api) == 503

    talk(api, conversation)
    feed = api.server._live
    assert feed is not None
    wait_until(lambda: not feed._listeners and feed._pusher is None)
    talk(api, lambda socket: socket.receive_json())


def test_a_page_gets_json_that_browsers_read(api: Api) -> None:
    async def conversation(socket: Socket) -> None:
        text = await socket.receive_str()
        assert json.loads(text)["status"]["started_at"].endswith("+00:00")

    talk(api, conversation)
