"""A running CombatLens, headless, watches a bot whose damage falls by 40 % and that stalls at last: every way an alert
goes out is listened at. The clock is moved by hand; everything else is real."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from tests.api_fakes import wait_until
from tests.clocks import HandClock
from tests.learn_world import SkillTruth, World, play

from combatlens.bootstrap import alerting, core
from combatlens.bootstrap.application import Application
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import running_instance
from combatlens.cli.main import cli
from combatlens.domain.events import Event, Occurrence, SessionOp
from combatlens.learning.live.alerts import STALL_S

DAY, MINUTE = 86_400.0, 60.0
USUAL = World(skills=(SkillTruth("shot", 150.0, hit=0.95),), travel=5.0)
WEAK = USUAL.with_damage(0.6)


class Receiver(http.server.BaseHTTPRequestHandler):
    """A chat service that takes what it is sent."""

    alerts: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.alerts.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []
    handler = type("OneReceiver", (Receiver,), {"alerts": received})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", received
        server.shutdown()
        thread.join()


class Listener(threading.Thread):
    """A client of `/v1/live`."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(name="listener", daemon=True)
        self._address = f"http://127.0.0.1:{port}/v1/live"
        self._token = token
        self.connected = threading.Event()
        self.alerts: list[dict[str, Any]] = []

    def run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession() as session, session.ws_connect(self._address, headers=headers) as socket:
            self.connected.set()
            async for message in socket:
                told = message.json()
                if told["kind"] == "alert":
                    self.alerts.append(told["alert"])


class Game:
    """The bot's events, told to the running instance as game time goes by."""

    def __init__(self, application: Application, clock: HandClock) -> None:
        self.application, self.clock = application, clock
        remote = running_instance(application.core.home)
        assert remote is not None
        self.remote = remote
        self._rng = np.random.default_rng(3)
        self.last_told = clock.time

    def past_session(self, start: float) -> None:
        told = play(USUAL, 30.0, self._rng, start)
        self.application.core.recorder.submit([Occurrence(event, at, "bot") for at, event in told]).result(30)

    def goes_on(self, world: World, minutes: float) -> None:
        told = [one for one in play(world, minutes, self._rng, self.clock.time) if not isinstance(one[1], SessionOp)]
        looked_at = self.clock.time
        for at, event in told:
            self._tell(max(at, self.clock.time + 0.2), event)
            if at - looked_at >= 15.0:
                self.is_looked_at()
                looked_at = at
        self.is_looked_at()

    def is_silent_until(self, at: float) -> None:
        self.clock.time = at
        self.is_looked_at()

    def _tell(self, at: float, event: Event) -> None:
        self.clock.time = at
        told = json.loads(msgspec.json.encode(event)) | {"at": at}
        assert self.remote.send([told])["rejected"] == []
        self.last_told = at

    def is_looked_at(self) -> None:
        self.clock.time += 0.5  # the recorder shows a new picture as soon as time has gone on
        live, now = self.application.core.live, self.clock.time
        told = round(self.last_told, 6)  # as the API passes times on
        wait_until(lambda: live.status().current.at >= now and live.status().current.last_event_at == told)
        self.application.alerting.tick()


def test_a_drop_and_a_stall_reach_live_webhook_and_status(
    tmp_path: Path, hook: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = hook
    clock = HandClock(time.time())
    monkeypatch.setattr(core, "SystemClock", lambda: clock)
    monkeypatch.setattr(alerting, "TICK_S", 3600.0)  # its thread sleeps: the test looks, after every step
    home = Home(tmp_path / "home")
    home.prepare()
    home.settings.write_text(f'[alerts]\nwebhook = "{address}"\nquiet_minutes = 0.0\n', encoding="utf-8")
    application = Application(home, None)
    application.start()
    try:
        game = Game(application, clock)
        for day in range(4, 0, -1):
            game.past_session(clock.time - day * DAY)
        application.core.closing.wait(120)
        api = json.loads((home.root / "api.json").read_text())
        listener = Listener(api["port"], api["token"])
        listener.start()
        assert listener.connected.wait(10)
        begun = clock.time
        game.goes_on(USUAL, 5.0)
        assert [alert for alert in listener.alerts if moment(alert["detected_at"]) >= begun] == []
        dropped = clock.time
        game.goes_on(WEAK, 6.0)
        last = game.last_told
        game.is_silent_until(last + STALL_S - 1.0)
        assert "bot_stalled" not in {alert["kind"] for alert in listener.alerts}
        game.is_silent_until(last + STALL_S + 1.0)
        wait_until(lambda: "bot_stalled" in {alert["kind"] for alert in listener.alerts})
        status = game.remote.get("/v1/status")
        shown = CliRunner().invoke(cli, ["status", "--home", str(home.root)]).output
        application.core.control.end().result(30)
        application.core.closing.wait(120)
    finally:
        application.stop()
    listener.join(10)
    for told in (listener.alerts, received, status["alerts"]):
        raised = {alert["kind"]: alert for alert in told if moment(alert["detected_at"]) >= begun}
        drop, stall = raised["dps_drop"], raised["bot_stalled"]
        assert dropped < moment(drop["detected_at"]) <= dropped + 5 * MINUTE
        assert drop["observed"] < 0.8 * drop["expected"]
        assert last + STALL_S <= moment(stall["detected_at"]) <= last + STALL_S + 2
    assert "high: no event for 3 min: the bot or the game may be stuck" in shown
    assert "damage per second is" in shown


def moment(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()
