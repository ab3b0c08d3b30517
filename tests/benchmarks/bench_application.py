"""The running application: start to visible overlay, memory and CPU while recording, each beside a bare peer.

A virtual desktop, the simulated game's moving window, the screen read 10 times a second, 20 events a second over HTTP.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil

from combatlens.bootstrap.home import Home
from combatlens.simulation.display import VirtualDesktop, desktop_env, wait_for
from combatlens.simulation.models import DEMO_RULES
from combatlens.simulation.stage import Stage
from combatlens.simulation.troupe import Troupe

STARTS = 5
RECORD_S = 60.0
EVENTS_A_SECOND = 20

BARE_WINDOW = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(sys.argv)
window = QWidget()
window.setWindowTitle("bare peer")
window.show()
app.exec()
"""
BARE_LIBRARIES = """
import sys
import cv2, pyqtgraph
from PySide6.QtWidgets import QApplication
app = QApplication(sys.argv)
plot = pyqtgraph.PlotWidget(title="bare peer")
plot.setWindowTitle("bare peer")
plot.plot([1, 2, 3])
plot.show()
app.exec()
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="combatlens-bench-") as name:
        folder = Path(name)
        with VirtualDesktop(folder=folder / "desktop") as desktop:
            env = desktop_env(os.environ, desktop.display)
            env["PYTHONPATH"] = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p.endswith("app"))
            _starts(folder, env)
            bare = _bare_memory(env)
            _recording(folder, env, bare)


def _starts(folder: Path, env: dict[str, str]) -> None:
    ours = [sys.executable, "-m", "combatlens", "run", "--home", str(folder / "start")]
    peer = [sys.executable, "-c", BARE_WINDOW]
    _until_visible(ours, env, "CombatLens overlay")  # warm: the database is made, the caches are full
    pairs = [
        (_until_visible(ours, env, "CombatLens overlay"), _until_visible(peer, env, "bare peer")) for _ in range(STARTS)
    ]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"start to visible overlay, warm: {mine:.2f} s (aim 1); "
        f"bare PySide6 window {theirs:.2f} s: {mine / theirs:.2f} x"
    )


def _until_visible(command: list[str], env: dict[str, str], title: str) -> float:
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _is_visible(env, title), title, 40.0, 0.01)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(20)


def _is_visible(env: dict[str, str], title: str) -> bool:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", title], env=env, capture_output=True, text=True, check=False
    )
    return bool(found.stdout.strip())


def _bare_memory(env: dict[str, str]) -> float:
    process = subprocess.Popen([sys.executable, "-c", BARE_LIBRARIES], env=env, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _is_visible(env, "bare peer"), "the bare peer", 40.0)
        time.sleep(2.0)
        return psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait(20)


def _recording(folder: Path, env: dict[str, str], bare: float) -> None:
    stage = Stage(
        seed=1, minutes=RECORD_S / 60 + 1, speed=1.0, log_path=str(folder / "chat.log"), home=str(folder / "home"),
        rules=DEMO_RULES,
    )  # fmt: skip
    with Troupe(folder / "troupe", Home.of(folder / "home").root, env) as troupe:
        troupe.start_game(stage)
        remote = troupe.start_application()
        remote.post("/v1/sessions", {})
        wait_for(lambda: remote.get("/v1/status")["xp_value"] is not None, "the first reading", 60.0)
        troupe.begin(time.time() + 1.0, bot=False)
        process = psutil.Process(remote.pid)
        _send_events(troupe.home, 5.0)
        before, begun = _cpu(process), time.perf_counter()
        memory = _send_events(troupe.home, RECORD_S, process)
        took = time.perf_counter() - begun
        children = sum(child.memory_info().rss for child in process.children(recursive=True)) / 1e6
        share = (_cpu(process) - before) / took
    print(
        f"recording {took:.0f} s at 10 frames and {EVENTS_A_SECOND} events a second: {share:.1%} of a core (aim 2 %), "
        f"its reader's and learner's processes included"
    )
    print(f"memory while recording: {memory:.0f} MB (aim 200), own processes beside it {children:.0f} MB; "
          f"bare PySide6 + pyqtgraph + cv2 {bare:.0f} MB: {memory / bare:.2f} x")  # fmt: skip


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of the process and of its children, ended ones included."""
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return float(total)


def _send_events(home: Home, seconds: float, process: psutil.Process | None = None) -> float:
    """Single events at an even pace over one kept connection; returns the median memory of `process`, MB."""
    announced = json.loads(home.api_file.read_text())
    headers = {"Authorization": f"Bearer {announced['token']}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", announced["port"])
    sizes: list[float] = []
    begun = time.perf_counter()
    for number in range(int(seconds * EVENTS_A_SECOND)):
        body = json.dumps(
            {"type": "skill", "skill": f"skill {number % 6}", "damage": 100 + number % 9, "target": "rat"}
        )
        connection.request("POST", "/v1/events", body, headers)
        connection.getresponse().read()
        if process is not None and number % EVENTS_A_SECOND == 0:
            sizes.append(process.memory_info().rss / 1e6)
        time.sleep(max(0.0, begun + number / EVENTS_A_SECOND - time.perf_counter()))
    connection.close()
    return statistics.median(sizes) if sizes else 0.0


if __name__ == "__main__":
    main()
