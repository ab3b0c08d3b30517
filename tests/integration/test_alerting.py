"""Alerts of a running application reach the API's listeners and the webhook."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from combatlens.adapters import webhook
from combatlens.bootstrap.alerting import Alerting, try_out
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.present import iso
from combatlens.domain.settings import AlertSettings

SETTINGS = '[alerts]\nwebhook = "http://127.0.0.1:9/hook"\n'


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    (tmp_path / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    core = Core(Home.of(tmp_path), what="a test")
    core.start()
    yield core
    core.stop()


def alert(core: Core, kind: str = "low_ratings") -> dict[str, Any]:
    now = iso(core.clock.now())
    return {
        "kind": kind, "severity": "high", "since": now, "detected_at": now, "session_id": "s", "metric": "rating",
        "expected": None, "observed": 1.0, "message": "low", "changed": "",
    }  # fmt: skip


def test_what_the_learner_finds_is_pushed_and_sent(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: queue.Queue[Any] = queue.Queue()
    sent: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(webhook, "post", lambda url, alerts, template: sent.put((url, template, list(alerts))))
    alerting = Alerting(core, pushed.put)
    alerting.start()
    try:
        (listener,) = core.on_alerts
        found = alert(core)
        listener(found)
        assert pushed.get(timeout=10) == found
        assert sent.get(timeout=10) == ("http://127.0.0.1:9/hook", "auto", [found])
    finally:
        alerting.stop()


def test_a_webhook_that_does_not_answer_is_told(core: Core) -> None:
    pushed: queue.Queue[Any] = queue.Queue()
    alerting = Alerting(core, pushed.put)
    core.on_alerts[0](alert(core))
    alerting.tick()
    (health,) = alerting.health()
    assert (health.name, health.state) == ("webhook", "warning")
    assert "127.0.0.1" in health.message
    alerting.stop()


def test_a_changed_address_is_used_at_once(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(webhook, "post", lambda url, _alerts, template: sent.append((url, template)))
    alerting = Alerting(core, lambda _alert: None)
    alerting.follow(AlertSettings())
    core.on_alerts[0](alert(core))
    alerting.tick()
    assert sent == []
    changed = AlertSettings(webhook="https://chat.example/new", template="slack")
    alerting.follow(changed)
    core.on_alerts[0](alert(core, "dps_drop"))
    alerting.tick()
    try_out(changed)
    assert sent == [("https://chat.example/new", "slack")] * 2
