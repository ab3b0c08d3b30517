"""Evil pages, wrong tokens, huge and slow bodies: what the bot API does not let in."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api_fakes import Api, running, wait_until

from combatlens.adapters.bot_api import intake, server

ALL_CALLS = ["/v1/status", "/v1/sessions", "/v1/insights", "/v1/schema", "/openapi.json", "/v1/live"]


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(tmp_path_factory.mktemp("home")) as api:
        yield api


@pytest.fixture
def api(one_server: Api) -> Api:
    one_server.recorder.occurrences.clear()
    return one_server


def raw(api: Api, request: bytes, *, until_closed: bool = True, timeout: float = 5.0) -> bytes:
    """Send bytes as they are; all that comes back."""
    with socket.create_connection(("127.0.0.1", api.server.port), timeout=timeout) as link:
        link.sendall(request)
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
            if not until_closed and b"\r\n\r\n" in answer:
                break
        return answer


@pytest.mark.parametrize("path", ALL_CALLS)
@pytest.mark.parametrize("token", ["", "wrong", "0" * 64, "ü", "Bearer"])
def test_without_the_token_there_is_nothing(api: Api, path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    status, answer, shown = api.call("GET", path, headers=headers)
    assert (status, shown["WWW-Authenticate"]) == (401, "Bearer")
    assert "api.json" in answer["error"]


def test_other_schemes_are_no_token(api: Api) -> None:
    assert api.call("GET", "/v1/status", headers={"Authorization": f"Basic {api.token}"})[0] == 401
    assert api.call("GET", f"/v1/status?token={api.token}", token="")[0] == 401
    assert api.call("GET", "/v1/status", headers={"Authorization": f"bearer  {api.token}"})[0] == 200


def test_the_pages_token_may_only_look(api: Api) -> None:
    assert api.call("GET", "/v1/status", token=api.read_token)[0] == 200
    assert api.call("POST", "/v1/events", {"type": "kill"}, token=api.read_token)[0] == 403
    assert api.call("POST", "/v1/token", token=api.read_token)[0] == 403
    assert api.recorder.occurrences == []


@pytest.mark.parametrize(
    "origin",
    ["http://evil.test", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://127.0.0.1:{port}.evil.test",
     "http://localhost", "file://", "chrome-extension://abc", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/health", "/v1/status", "/", "/overlay", "/v1/live"])
def test_a_foreign_origin_is_refused_everywhere(api: Api, origin: str, path: str) -> None:
    status, answer, headers = api.call("GET", path, headers={"Origin": origin.format(port=api.server.port)})
    assert status == 403
    assert "Origin" in answer["error"]
    assert "Access-Control-Allow-Origin" not in headers


def test_our_own_origin_is_let_in(api: Api) -> None:
    for name in ("127.0.0.1", "localhost"):
        origin = f"http://{name}:{api.server.port}"
        assert api.call("GET", "/v1/status", headers={"Origin": origin})[0] == 200


def test_a_preflight_gets_no_permission(api: Api) -> None:
    asked = {"Origin": "http://evil.test", "Access-Control-Request-Method": "POST"}
    status, _, headers = api.call("OPTIONS", "/v1/events", headers=asked)
    assert status == 403
    assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:{port}", "127.0.0.1:1", "127.0.0.1.evil.test", "0.0.0.0:{port}", ""]
)
def test_a_rebound_name_is_refused(api: Api, host: str) -> None:
    status, answer, _ = api.call("GET", "/v1/status", headers={"Host": host.format(port=api.server.port)})
    assert status == 403
    assert "Host" in answer["error"]


def test_a_request_without_host_is_refused(api: Api) -> None:
    assert b" 403 " in raw(api, b"GET /v1/health HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pictures_and_links_of_foreign_pages_are_refused(api: Api, site: str) -> None:
    assert api.call("GET", "/v1/health", headers={"Sec-Fetch-Site": site})[0] == 403
    assert api.call("GET", "/", headers={"Sec-Fetch-Site": "none"})[0] == 200


def test_pages_hold_no_data_and_may_not_be_framed(api: Api) -> None:
    for path in ("/", "/overlay"):
        status, page, headers = api.call("GET", path, token="")
        assert status == 200
        assert api.token.encode() not in page
        assert api.read_token.encode() not in page
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert b"http://" not in page.replace(b"http://www.w3.org", b"")
        assert b"https://" not in page


def test_a_huge_body_is_refused_from_its_header(api: Api) -> None:
    size = intake.MAX_BODY + 1
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
    answer = raw(api, f"{head}Content-Length: {size}\r\n\r\n".encode())
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert b"Connection: close" in answer
    assert b"8 MiB" in answer


def test_a_huge_body_is_refused_before_the_sender_is_told_to_go_on(api: Api) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
    answer = raw(api, f"{head}Expect: 100-continue\r\nContent-Length: {intake.MAX_BODY + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_huge_body_in_chunks_is_cut_off(api: Api) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
    chunk = b"%x\r\n%s\r\n" % (1 << 20, b" " * (1 << 20))
    with socket.create_connection(("127.0.0.1", api.server.port), timeout=10) as link:
        link.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 9)
        answer = link.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_the_largest_body_is_taken(api: Api) -> None:
    event = b'{"type":"kill"}'
    body = b"[" + event + b" " * (intake.MAX_BODY - len(event) - 2) + b"]"
    assert len(body) == intake.MAX_BODY
    assert api.call("POST", "/v1/events", body)[1]["accepted"] == 1


def test_a_compressed_body_is_refused(api: Api) -> None:
    assert api.call("POST", "/v1/events", b"x", headers={"Content-Encoding": "gzip"})[0] == 415


def test_the_sender_of_a_body_is_told_to_go_on(api: Api) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\nConnection: close\r\n"
    body = b'{"type":"kill"}'
    with socket.create_connection(("127.0.0.1", api.server.port), timeout=10) as link:
        link.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        assert link.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(body)
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["accepted"] == 1


def test_a_slow_body_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BODY_TIMEOUT_S", 0.2)
    with running(tmp_path) as api:
        head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
        answer = raw(api, f"{head}Content-Length: 100\r\n\r\n{{".encode())
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert api.call("GET", "/v1/health")[0] == 200


def test_connections_that_say_nothing_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_TIMEOUT_S", 0.2)
    with running(tmp_path) as api:
        for begun in (b"", b"GET /v1/health HTT", b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "):
            assert raw(api, begun, timeout=10) == b""


def test_a_connection_too_many_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 4)
    with running(tmp_path) as api:
        links = [socket.create_connection(("127.0.0.1", api.server.port)) for _ in range(4)]
        try:
            for link in links:
                link.sendall(b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert link.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert raw(api, b"").startswith(b"HTTP/1.1 503 ")
        finally:
            for link in links:
                link.close()
        wait_until(lambda: api.call("GET", "/v1/health")[0] == 200)


def test_half_open_and_broken_connections_harm_nobody(api: Api) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n".encode()
    for begun in (b"\x16\x03\x01\x00\xa5", b"\r\n" * 50, b"GET " + b"/" * 20000, head + b"Content-Length: 50\r\n\r\n{"):
        link = socket.create_connection(("127.0.0.1", api.server.port))
        link.sendall(begun)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        link.close()  # a reset
    assert api.call("POST", "/v1/events", {"type": "kill"})[0] == 200
    assert len(api.recorder.occurrences) == 1


@pytest.mark.parametrize("length", ["-1", "abc", "5, 6", "99999999999999999999999"])
def test_a_wrong_length_is_refused(api: Api, length: str) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
    answer = raw(api, f"{head}Content-Length: {length}\r\n\r\n".encode())
    assert answer[9:12] in (b"400", b"413")


def test_a_badly_chunked_body_is_refused(api: Api) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
    answer = raw(api, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"5\r\n[1234\r\nxyz\r\n")
    assert answer[9:12] == b"400"


def test_pipelined_requests_are_answered_in_order(api: Api) -> None:
    one = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    last = b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = raw(api, one * 3 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.rindex(b"HTTP/1.1 404") > answer.rindex(b"200 OK")


def drained(link: socket.socket) -> bytes:
    return b"".join(iter(lambda: link.recv(1000), b""))


def test_it_stops_with_silent_connections_open_and_closes_them_all(tmp_path: Path) -> None:
    api = Api(tmp_path)
    api.server.start()
    links = [socket.create_connection(("127.0.0.1", api.server.port), timeout=5) for _ in range(9)]
    api.server.stop()
    for link in links:
        with link, contextlib.suppress(ConnectionResetError):  # reset: it was never accepted
            assert drained(link)[:13] in (b"", b"HTTP/1.1 503 ")
