"""The pages in a real browser: they show the live picture, and foreign pages get nothing. Needs chromium."""

from __future__ import annotations

import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.api_fakes import Api, running

from combatlens.domain.snapshot import Health, LiveStatus, SkillLine, Snapshot

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to show the pages in")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic --disable-features=LocalNetworkAccessChecks --dump-dom"
)
BUDGETS_MS = (1500, 5000, 15000, 30000)


def browse(url: str, profile: Path, until: str) -> str:
    """The page's document once it shows `until`, or as it last was.

    The browser's virtual time does not wait for a WebSocket: on a busy machine a page needs more of it.
    """
    document = ""
    for budget in BUDGETS_MS:
        command = [
            str(CHROMIUM),
            *FLAGS.split(),
            f"--virtual-time-budget={budget}",
            "--host-resolver-rules=MAP evil.test 127.0.0.1",
            f"--user-data-dir={profile}",
        ]
        document = subprocess.run([*command, url], capture_output=True, text=True, timeout=60, check=True).stdout
        if until in text_of(document):
            break
    return document


def text_of(document: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", document, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def fight(api: Api) -> None:
    api.live.value = LiveStatus(
        Snapshot(
            character="Ana", session_id="s1", state="paused", pause_reasons=("idle",), active_s=3725.0, kills=214,
            deaths=3, xp_per_hour=108_265.0, skills=(SkillLine("<b>Headshot</b>", 8, 820.0, 0.445, 0.96, 1.0),),
            series=((0.0, 5.0), (10.0, 9.0)),
        ),
        health=(Health("screen", "warning", "the number cannot be read", "check the region"),),
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/overlay"])
def test_a_page_shows_the_live_picture(tmp_path: Path, path: str) -> None:
    with running(tmp_path / "home") as api:
        fight(api)
        document = browse(api.server.page_url(path), tmp_path / "profile", "Paused · idle")
    shown = text_of(document)
    assert "Paused · idle" in shown
    assert "1:02:05" in shown
    assert "108k" in shown
    assert "214" in shown
    assert "&lt;b&gt;Headshot&lt;/b&gt;" in document
    if path == "/":
        assert "the number cannot be read; check the region" in shown


def test_a_page_without_a_good_key_shows_nothing_and_says_why(tmp_path: Path) -> None:
    with running(tmp_path / "home") as api:
        fight(api)
        document = browse(f"http://127.0.0.1:{api.server.port}/#wrong", tmp_path / "profile", "out of date")
    assert "This address is out of date" in text_of(document)
    assert "214" not in text_of(document)


ATTACK = """<!doctype html><body><script>
let told = 0;
const say = (what) => { document.body.append(` ${what} ${++told === 3 ? "all told" : ""} `); };
const base = "http://127.0.0.1:%d";
fetch(base + "/v1/health").then(() => say("READ health"), () => say("fetch refused"));
fetch(base + "/v1/events", {method: "POST", mode: "no-cors", body: '{"type":"kill"}',
  headers: {Authorization: "Bearer %s"}}).catch(() => {});
fetch(base + "/v1/status", {headers: {Authorization: "Bearer %s"}})
  .then(() => say("READ status"), () => say("status refused"));
const socket = new WebSocket("ws://127.0.0.1:%d/v1/live", ["combatlens.v1", "%s"]);
socket.onopen = () => say("READ live");
socket.onerror = () => say("live refused");
const frame = document.createElement("iframe"); frame.src = base + "/"; document.body.append(frame);
</script></body>"""


@contextmanager
def evil_site(page: str) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_foreign_page_gets_nothing_even_with_the_token(tmp_path: Path) -> None:
    with running(tmp_path / "home") as api:
        port, token = api.server.port, api.token
        with evil_site(ATTACK % (port, token, token, port, token)) as evil:
            shown = text_of(browse(f"http://evil.test:{evil}/", tmp_path / "profile", "all told"))
    assert "READ" not in shown
    for door in ("fetch", "status", "live"):
        assert f"{door} refused" in shown
    assert api.recorder.occurrences == []


def test_a_rebound_name_shows_no_page(tmp_path: Path) -> None:
    with running(tmp_path / "home") as api:
        fight(api)
        document = browse(
            f"http://evil.test:{api.server.port}/#{api.read_token}", tmp_path / "profile", "not served here"
        )
    assert "this Host is not served here" in document
