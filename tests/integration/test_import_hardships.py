"""An import while the same log is tailed, and on a disk that becomes full."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from tests.contract.care_homes import small_disk
from tests.integration.test_import_process import long_log, sound, take_in

from combatlens.adapters.combat_log import parser_process
from combatlens.bootstrap.application import Application
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.importing import import_anyhow
from combatlens.domain.errors import EnvironmentFault

PROFILE = """
name = "mine"
character = "Bob"
[log]
dialect = "swg"
player = "Bob"
paths = [{path!r}]
"""


def test_a_log_that_is_tailed_and_imported_at_once_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_process, "WORTH_BYTES", 0)
    whole = long_log(tmp_path / "whole.txt", 16_000).read_text().splitlines(keepends=True)
    log = tmp_path / "tailed.txt"
    log.write_text("".join(whole[:8_000]))
    home = Home(tmp_path / "home")
    home.prepare()
    (home.profiles / "mine.toml").write_text(PROFILE.format(path=str(log)))
    application = Application(home, "mine")
    application.start()
    try:
        supervisor = application.core.supervisor
        assert supervisor is not None
        wait(lambda: any("waiting for new lines" in health.message for health in supervisor.health()))
        found: list[dict[str, Any]] = []

        def take() -> None:
            found.append(import_anyhow(home, [log], None, "", None, lambda _progress: None, lambda: False))

        importing = Thread(target=take)
        importing.start()
        for begin in range(8_000, len(whole), 400):
            with log.open("a") as file:
                file.writelines(whole[begin : begin + 400])
            Flag().wait(0.02)
        importing.join(120)
        wait(lambda: events(application) == 16_000)
        take()  # all of it once more
        assert found[1]["files"][0]["events"] == 16_000
        assert found[1]["files"][0]["added"] == 0
        assert events(application) == 16_000
    finally:
        application.stop()
    assert sum(sound(home.root).values()) == 16_000
    assert found[1]["actors"]["Bob"]["damage_dealt"] == sum(n % 90 for n in range(16_000))
    assert sum(session["total_damage_dealt"] for session in found[1]["sessions"]) == sum(n % 90 for n in range(16_000))


def events(application: Application) -> int:
    core = application.core
    return sum(core.past.summary(head.session_id).events for head in core.store.heads())


def wait(reached: Any) -> None:
    pause = Flag()
    for _ in range(2_400):
        if reached():
            return
        pause.wait(0.05)
    raise TimeoutError("it did not come to that")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root alone")
@pytest.mark.expected_errors("nothing of|disk is full|No space left|was ended with the application|learner")
def test_a_disk_that_becomes_full_is_told_of_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    log = long_log(tmp_path / "long.txt", 30_000)
    with small_disk(tmp_path / "disk", "5m") as disk:
        with pytest.raises(EnvironmentFault, match="the disk is full"):
            take_in(disk / "home", log)
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        rest = take_in(disk / "home", log)["files"][0]
        assert 0 < rest["added"] < rest["events"] == 30_000
        assert take_in(disk / "home", log)["files"][0]["added"] == 0
        shutil.copytree(disk / "home", tmp_path / "kept")
    take_in(tmp_path / "whole", log)
    assert sound(tmp_path / "kept") == sound(tmp_path / "whole")
