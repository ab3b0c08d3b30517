"""Messages about alerts: what goes out, when, in whose shape, and what happens when it cannot."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from combatlens.adapters.webhook import post, template_for
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings, decode_settings
from combatlens.services.notifier import Notifier

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()


def alert(
    kind: str = "dps_drop", severity: str = "high", at: float = NOON, session: str | None = "s1"
) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "kind": kind, "severity": severity, "since": moment, "detected_at": moment, "session_id": session,
        "metric": "dps", "expected": 100.0, "observed": 50.0, "message": f"<{kind}> is & stays low", "changed": "",
    }  # fmt: skip


class Sent:
    """Takes messages; `fault` is raised instead while it is set."""

    def __init__(self) -> None:
        self.messages: list[list[str]] = []
        self.fault: EnvironmentFault | None = None

    def __call__(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        if self.fault:
            raise self.fault
        self.messages.append([one["kind"] for one in alerts])


@pytest.fixture
def sent() -> Sent:
    return Sent()


def test_the_first_goes_out_at_once_and_the_next_ones_together(sent: Sent) -> None:
    notifier = Notifier(AlertSettings(quiet_minutes=15), sent, UTC)
    for minute, kind in enumerate(("a", "b", "c")):
        notifier.offer(alert(kind, at=NOON + 60 * minute), NOON + 60 * minute)
        notifier.tick(NOON + 60 * minute)
    assert sent.messages == [["a"]]
    notifier.tick(NOON + 14 * 60)
    assert sent.messages == [["a"]]
    notifier.tick(NOON + 15 * 60)
    assert sent.messages == [["a"], ["b", "c"]]


def test_nothing_goes_out_at_night_and_everything_in_the_morning(sent: Sent) -> None:
    notifier = Notifier(AlertSettings(quiet_from="23:00", quiet_until="08:00"), sent, UTC)
    night = NOON + 11.5 * 3600
    notifier.offer(alert(at=night), night)
    for hour in range(9):
        notifier.tick(night + hour * 3600 - 1800)
        assert sent.messages == []
    notifier.tick(night + 8.5 * 3600)
    assert sent.messages == [["dps_drop"]]


def test_the_same_kind_once_a_session_and_nothing_slight_or_old(sent: Sent) -> None:
    notifier = Notifier(AlertSettings(severity="medium", quiet_minutes=0), sent, UTC)
    for one in (alert(), alert(), alert("slight", "low"), alert("old", at=NOON - 7200), alert(session="s2")):
        notifier.offer(one, NOON)
    notifier.tick(NOON)
    assert sent.messages == [["dps_drop", "dps_drop"]]


def test_what_could_not_be_sent_is_tried_again(sent: Sent) -> None:
    notifier = Notifier(AlertSettings(), sent, UTC)
    sent.fault = EnvironmentFault("the webhook at example.org cannot be reached", "check the net")
    notifier.offer(alert(), NOON)
    notifier.tick(NOON)
    assert notifier.fault is sent.fault
    sent.fault = None
    notifier.tick(NOON + 30)
    assert sent.messages == []
    notifier.tick(NOON + 61)
    assert sent.messages == [["dps_drop"]]
    assert notifier.fault is None


def test_a_quiet_time_that_is_none_is_refused() -> None:
    assert decode_settings('[alerts]\nquiet_from = "23:00"', "x").alerts.quiet_from == "23:00"
    with pytest.raises(EnvironmentFault, match="quiet_from"):
        decode_settings('[alerts]\nquiet_from = "25:00"', "x")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://acme.webhook.office.com/webhookb2/x", "teams"),
        ("https://api.telegram.org/botX/sendMessage?chat_id=1", "telegram"),
        ("https://notslack.com/hooks.slack.com", "json"),
    ],
)
def test_the_service_is_known_by_its_host(url: str, kind: str) -> None:
    assert template_for(url) == kind


class Hook(HTTPServer):
    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.answer = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.answer)
                self.send_header("Location", "/moved")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_messages_arrive_in_the_shape_of_each_service(hook: Hook) -> None:
    url = f"http://127.0.0.1:{hook.server_port}/secret"
    for template in ("slack", "discord", "teams", "json"):
        post(url, [alert("quiet", "low"), alert()], template)
    slack, discord, teams, plain = hook.bodies
    assert slack["text"].splitlines()[0] == "CombatLens high: &lt;dps_drop&gt; is &amp; stays low (s1)"
    assert discord["allowed_mentions"] == {"parse": []}
    assert teams["attachments"][0]["content"]["body"][0]["text"].startswith("CombatLens high")
    assert [one["kind"] for one in plain["alerts"]] == ["quiet", "dps_drop"]


def test_a_refusal_and_a_wrong_address_are_told_without_the_secret_in_it(hook: Hook) -> None:
    hook.answer = 403
    with pytest.raises(EnvironmentFault, match="answered 403") as fault:
        post(f"http://127.0.0.1:{hook.server_port}/secret", [alert()])
    assert "secret" not in str(fault.value)
    for nonsense in ("file:///etc/passwd", "http://[::1/secret", "https://example.org:99999/secret", "", "hook"):
        with pytest.raises(EnvironmentFault, match="no http or https"):
            post(nonsense, [alert()])
    for odd in ("/with space", "/ünï"):
        with pytest.raises(EnvironmentFault, match="signs that none may have"):
            post(f"http://127.0.0.1:{hook.server_port}{odd}", [alert()])


def test_a_message_that_would_be_sent_on_as_a_look_at_a_page_is_told_as_not_sent(hook: Hook) -> None:
    hook.answer = 302
    with pytest.raises(EnvironmentFault, match=r"answered 302; write the address that it moved to"):
        post(f"http://127.0.0.1:{hook.server_port}/secret", [alert()])


def test_many_alerts_fit_into_the_message_that_a_service_takes(hook: Hook) -> None:
    url = f"http://127.0.0.1:{hook.server_port}/"
    many = [{**alert("slight", "low"), "message": f"{n} @<[" * 20} for n in range(300)] + [alert()]
    for template in ("slack", "discord", "telegram", "mattermost", "googlechat", "json"):
        post(url, many, template)
    slack, discord, *others, plain = hook.bodies
    assert len(discord["content"]) <= 2000
    for body in (slack, *others, plain):
        assert body["text"].startswith("CombatLens high")
        assert len(body["text"].replace("&lt;", "<")) <= 4000
        assert body["text"].splitlines()[-1].startswith("and 2")
    assert len(plain["alerts"]) == 301


def test_a_name_in_a_message_calls_nobody_and_is_no_link(hook: Hook) -> None:
    url = f"http://127.0.0.1:{hook.server_port}/"
    named = {**alert(), "message": "@channel <users/all> [here](https://example.org) killed you"}
    for template in ("discord", "teams", "mattermost", "googlechat", "telegram"):
        post(url, [named], template)
    for body in hook.bodies:
        text = json.dumps(body, ensure_ascii=False)
        assert "channel" in text
        assert not any(bad in text for bad in ("@channel", "<users", "[here]"))
