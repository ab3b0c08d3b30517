"""The processes of a demo: the simulated game and bot, and the real application that watches them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import Remote, running_instance
from combatlens.domain.errors import EnvironmentFault
from combatlens.simulation.display import end_process, wait_for
from combatlens.simulation.stage import Stage, load_stage

_SOURCE = Path(__file__).resolve().parents[2]

PROFILE = """\
name = "demo"
title = "Emberfall (simulated)"
character = "{character}"

[screen]
counter = "per_level"
frames_per_second = 10
region = {{ x = {x}, y = {y}, width = {width}, height = {height} }}

[log]
paths = [{log}]
dialect = "swg"
player = "{character}"
timezone = "UTC"
"""


class Troupe:
    """Everything that runs, in one folder. `with` ends all of it, and nothing else.

    `env` is the environment of the display. The application's home is `home`.
    """

    def __init__(self, folder: Path, home: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.home = Home.of(home)
        path = _path_with(_SOURCE, env.get("PYTHONPATH", ""))
        self._env = {**env, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
        self._stage_file = folder / "stage.json"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            end_process(self._running.pop(name), 15.0)

    @property
    def stage(self) -> Stage:
        return load_stage(self._stage_file)

    def start_game(self, stage: Stage) -> None:
        """Open the game's window and write the profile that watches it."""
        self.home.prepare()
        stage.save(self._stage_file)
        self._start("game", "combatlens.simulation.game", str(self._stage_file))
        place = self._stage_file.with_suffix(".window.json")
        wait_for(lambda: self._alive("game") and place.exists(), "the game's window")
        x, y, width, height = json.loads(place.read_text())["text"]
        text = PROFILE.format(
            character=stage.rules.character, x=x, y=y, width=width, height=height, log=json.dumps(stage.log_path)
        )
        (self.home.profiles / "demo.toml").write_text(text, encoding="utf-8")

    def start_application(self) -> Remote:
        """`combatlens run` on the home; returns once it answers."""
        self.launch_application()
        wait_for(lambda: self._alive("application") and running_instance(self.home) is not None, "CombatLens", 60.0)
        return self.remote()

    def launch_application(self) -> None:
        """The same without waiting."""
        self._start("application", "combatlens", "run", "--home", str(self.home.root), "--profile", "demo")

    def remote(self) -> Remote:
        """The running application. Raises EnvironmentFault when it does not answer."""
        found = running_instance(self.home)
        if found is None:
            raise EnvironmentFault("CombatLens does not answer", f"see {self.folder / 'application.log'}")
        return found

    def begin(self, starts_at: float, *, bot: bool = True) -> Stage:
        """Let the world begin at that moment (Unix seconds): the game plays, and the bot."""
        stage = replace(self.stage, starts_at=starts_at)
        stage.save(self._stage_file)
        if bot:
            self._start("bot", "combatlens.simulation.bot", str(self._stage_file))
        return stage

    def wait_for_bot(self, patience_s: float) -> dict[str, Any]:
        """The bot's account of what it sent, once it has ended. Raises EnvironmentFault when it failed."""
        bot = self._running.pop("bot")
        if bot.wait(patience_s) != 0:
            raise EnvironmentFault("the simulated bot has failed", f"see {self.folder / 'bot.log'}")
        account: dict[str, Any] = json.loads(self._stage_file.with_suffix(".bot.json").read_text())
        return account

    def end(self, name: str) -> int:
        """SIGTERM and wait; returns the exit code."""
        return end_process(self._running.pop(name), 15.0)

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def command(self, *words: str) -> Any:
        """What a `combatlens … --json` prints. Raises EnvironmentFault with its own words when it fails."""
        command = [sys.executable, "-m", "combatlens", *words, "--home", str(self.home.root), "--json"]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise EnvironmentFault(f"combatlens {' '.join(words)} has failed: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", module, *arguments]
            self._running[name] = subprocess.Popen(
                command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _alive(self, name: str) -> bool:
        code = self._running[name].poll()
        if code is not None:
            log = self.folder / f"{name}.log"
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise EnvironmentFault(f"the {name} has ended with code {code}: {' '.join(last)}", f"see {log}")
        return True


def _path_with(source: Path, path: str) -> str:
    return os.pathsep.join([str(source), *(part for part in path.split(os.pathsep) if part)])
