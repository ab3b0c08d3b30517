"""BotClient against a real server, a dead one, a hanging one, and none."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
from tests.api_fakes import running, wait_until
from tests.repository import ROOT

from combatlens.adapters.bot_api.announce import ApiFile, write_api_file
from combatlens.api import courier, link
from combatlens.api.client import BotClient
from combatlens.domain.events import EVENT_TYPES, SkillUse
from combatlens.ports import Overloaded

APP = ROOT / "app"


def inbox_lines(home: Path) -> list[dict[str, Any]]:
    """What stands in the inbox for CombatLens to take in."""
    files = sorted((home / "inbox").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def run_bot(home: Path, code: str, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(APP), "COMBATLENS_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, timeout=30, **more
    )


def test_every_kind_of_event_arrives_as_it_was_meant(tmp_path: Path) -> None:
    with running(tmp_path) as api, BotClient(tmp_path, character="Ana") as lens:
        lens.session_start("night", mode="farm", build="rifle")
        lens.skill("shot", damage=40, xp=2, target="rat", critical=True, meta={"slot": 1})
        lens.kill("rat", xp=10)
        lens.death("rat")
        lens.xp(100, needed=500, level=3)
        lens.xp(percent=20)
        lens.xp_gain(5, xp_type="rifle")
        lens.damage_taken(7, "rat")
        lens.heal(9, "Ana", skill="bandage")
        lens.action("travel", duration_ms=900)
        lens.loot("hide", 2, value=4)
        lens.expense(3, "ammo")
        lens.context(zone="plains", tags=["day"])
        lens.attempt("craft", ["open", "click"], False, errors=["no metal"], attempt_number=2)
        lens.feedback(5, "fine", ["fast"])
        lens.decision("r1", "accepted")
        lens.mark("here")
        lens.session_pause("lunch")
        lens.session_resume()
        lens.session_end("good")
        assert lens.flush()
        assert lens.stats == {"accepted": 20, "duplicates": 0, "rejected": 0, "to_inbox": 0, "pending": 0}
    events = [each.event for each in api.recorder.occurrences]
    assert {type(event) for event in events} == set(EVENT_TYPES.values())
    assert {event.character for event in events} == {"Ana"}
    assert all(event.id and abs(time.time() - float(event.at or 0)) < 60 for event in events)
    shot = events[1]
    assert isinstance(shot, SkillUse)
    assert (shot.damage, shot.critical, shot.meta) == (40, True, {"slot": 1})
    assert list((tmp_path / "inbox").iterdir()) == []


def test_a_bot_needs_the_standard_library_only(tmp_path: Path) -> None:
    done = run_bot(
        tmp_path,
        "import sys; from combatlens.api.client import BotClient\n"
        "BotClient().kill('rat')\n"
        "heavy = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'sitecustomize'}\n"
        "print(sorted(heavy - {'__main__', 'combatlens'}), [n for n in sys.modules if n.startswith('combatlens.d')])",
    )
    shown, _, foreign = done.stdout.strip().partition("] ")
    assert done.returncode == 0, done.stderr
    assert not [name for name in json.loads((shown + "]").replace("'", '"')) if "pth" not in name and name[0] != "_"]
    assert foreign == "[]"


def test_without_an_instance_events_wait_in_the_inbox_at_exit(tmp_path: Path) -> None:
    done = run_bot(
        tmp_path, "from combatlens.api.client import BotClient\nb = BotClient()\nfor i in range(50): b.kill(f'rat{i}')"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line["target"] for line in inbox_lines(tmp_path)] == [f"rat{i}" for i in range(50)]


def test_a_bot_that_is_killed_at_once_has_lost_nothing(tmp_path: Path) -> None:
    code = "from combatlens.api.client import BotClient\nb = BotClient()\nfor i in range(50): b.kill(f'rat{i}')\n"
    run_bot(tmp_path, f"import os, signal; {code}os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))")
    kept = [line for file in (tmp_path / "inbox").iterdir() for line in file.read_text().splitlines()]
    found = sorted(json.loads(line)["target"] for line in kept)  # on a busy machine it may have begun a second file
    assert found == sorted(f"rat{i}" for i in range(50))


def test_it_finds_the_instance_that_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "PROBE_S", 0.05)
    with BotClient(tmp_path) as lens:
        lens.kill("before")
        assert lens.flush()
        assert [line["target"] for line in inbox_lines(tmp_path)] == ["before"]
        with running(tmp_path) as api:

            def arrived() -> bool:
                lens.kill("after")
                lens.flush()
                return bool(api.recorder.occurrences)

            wait_until(arrived)
            lens.flush()
            everything = [line["id"] for line in inbox_lines(tmp_path)] + [e.event.id for e in api.recorder.occurrences]
            assert len(everything) == len(set(everything)) == lens.stats["accepted"] + lens.stats["to_inbox"]


def test_the_death_of_the_instance_loses_nothing(tmp_path: Path) -> None:
    sent: list[str] = []
    with BotClient(tmp_path) as lens:
        with running(tmp_path) as api:
            for n in range(300):
                sent.append(lens.kill(f"rat{n}"))
                if n == 100:
                    wait_until(lambda: api.recorder.occurrences)
                    api.recorder.held = []  # from here on nothing is acknowledged
            wait_until(lambda: api.recorder.held)
        sent += [lens.kill("late") for _ in range(5)]
        assert lens.flush(10)
    got = {str(each.event.id) for each in api.recorder.occurrences} | {line["id"] for line in inbox_lines(tmp_path)}
    assert got == set(sent)


def test_a_hanging_instance_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "SEND_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        write_api_file(tmp_path, ApiFile(port=deaf.getsockname()[1], token="t", pid=1))
        with BotClient(tmp_path) as lens:
            sent = []
            for n in range(200):
                sent.append(lens.skill("shot", damage=n))
            assert lens.status() is None
            assert lens.recommendations() is None
            assert lens.flush(10)
            assert [line["id"] for line in inbox_lines(tmp_path)] == sent


def test_closing_does_not_wait_for_a_hanging_instance(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        write_api_file(tmp_path, ApiFile(port=deaf.getsockname()[1], token="t", pid=1))
        lens = BotClient(tmp_path)
        sent = lens.kill("rat")
        deaf.accept()[0].close()  # hangs up once, then says nothing
        lens.close(timeout=0.2)
    assert [line["id"] for line in inbox_lines(tmp_path)] == [sent]
    assert not [thread for thread in threading.enumerate() if thread.name == "combatlens-client"]


def test_overload_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    with running(tmp_path) as api, BotClient(tmp_path) as lens:

        def pause(self: courier.Courier, seconds: float) -> None:
            waits.append(seconds)
            api.recorder.fault = None

        monkeypatch.setattr(courier.Courier, "_pause", pause)
        api.recorder.fault = Overloaded(3)
        lens.kill("rat")
        assert lens.flush()
    assert (len(api.recorder.occurrences), waits) == (1, [3.0])


def test_a_new_token_is_picked_up(tmp_path: Path) -> None:
    with running(tmp_path) as api, BotClient(tmp_path) as lens:
        lens.kill("one")
        assert lens.flush()
        api.server.renew_token()
        lens.kill("two")
        assert lens.flush()
        assert lens.stats["accepted"] == 2


def test_another_program_on_the_port_gets_no_thanks(tmp_path: Path) -> None:
    body = b'{"hello": "world"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def other_program() -> None:
        for _ in range(2):  # the client tries a fresh connection once
            with foreign.accept()[0] as link:
                link.recv(65536)
                link.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as foreign:
        write_api_file(tmp_path, ApiFile(port=foreign.getsockname()[1], token="t", pid=1))
        serving = threading.Thread(target=other_program)
        serving.start()
        with BotClient(tmp_path) as lens:
            sent = lens.kill("rat")
            assert lens.flush(10)
        socket.create_connection(foreign.getsockname()).close()
        serving.join(5)
    assert [line["id"] for line in inbox_lines(tmp_path)] == [sent]


@pytest.mark.expected_errors("on_rejected failed")
def test_a_fault_in_the_bots_callback_does_not_end_the_sending(tmp_path: Path) -> None:
    with running(tmp_path) as api, BotClient(tmp_path, on_rejected=lambda event, why: event["no such key"]) as lens:
        lens.skill("bad", damage=-5)
        assert lens.flush()
        lens.skill("good")
        assert lens.flush()
        assert len(api.recorder.occurrences) == 1


def test_a_refused_event_is_told_to_the_bot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[str, str]] = []
    with running(tmp_path), BotClient(tmp_path, on_rejected=lambda e, why: told.append((e["skill"], why))) as lens:
        lens.skill("good")
        lens.skill("bad", damage=-5)
        assert lens.flush()
        wait_until(lambda: told)
        assert (lens.stats["accepted"], lens.stats["rejected"]) == (1, 1)
    assert told[0][0] == "bad"
    assert "damage" in told[0][1]
    caplog.clear()


def test_what_json_cannot_hold_is_the_bots_fault_and_numpy_is_not(tmp_path: Path) -> None:
    import numpy as np

    with running(tmp_path) as api, BotClient(tmp_path) as lens:
        with pytest.raises(ValueError):
            lens.skill("shot", damage=float("nan"))
        with pytest.raises(TypeError):
            lens.mark(cast(Any, object()))
        with pytest.raises(ValueError):
            lens.mark("x" * 300_000)
        lens.skill("shot", damage=np.float32(2.5), duration_ms=np.int64(7))
        assert lens.flush()
    (one,) = api.recorder.occurrences
    assert isinstance(one.event, SkillUse)
    assert one.event.duration_ms == 7


def test_many_threads_and_a_burst_all_arrive_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "JOURNAL_LIMIT", 10_000)
    with running(tmp_path) as api, BotClient(tmp_path) as lens:
        bots = [threading.Thread(target=lambda: [lens.kill("rat") for _ in range(500)]) for _ in range(4)]
        for bot in bots:
            bot.start()
        for bot in bots:
            bot.join()
        assert lens.flush(10)
        assert lens.stats["accepted"] == 2000
        assert sum(file.stat().st_size for file in (tmp_path / "inbox").iterdir()) == 0
    assert len(api.recorder.ids) == 2000


def test_an_unwritable_inbox_keeps_events_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "inbox").write_text("in the way")
    with running(tmp_path) as api, BotClient(tmp_path) as lens:
        lens.kill("rat")
        assert lens.flush()
    assert len(api.recorder.occurrences) == 1
    caplog.clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_bot_sends_its_own_events_only(tmp_path: Path) -> None:
    done = run_bot(
        tmp_path,
        "import os; from combatlens.api.client import BotClient\n"
        "b = BotClient(); b.kill('parent')\n"
        "child = os.fork()\n"
        "if child == 0: b.kill('child')\n"
        "else: os.waitpid(child, 0)",
    )
    assert done.returncode == 0, done.stderr
    assert sorted(line["target"] for line in inbox_lines(tmp_path)) == ["child", "parent"]


def test_status_and_advice(tmp_path: Path) -> None:
    with running(tmp_path), BotClient(tmp_path, character="Bo") as lens:
        status = lens.status(timeout=5)
        assert status is not None
        assert status["kills"] == 7
        assert lens.recommendations(timeout=5) == [{"id": "r1", "character": "Bo"}]


def test_a_closed_client_says_so_and_can_be_closed_again(tmp_path: Path) -> None:
    lens = BotClient(tmp_path)
    lens.close()
    lens.close()
    with pytest.raises(RuntimeError, match="closed"):
        lens.kill("rat")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_bot_that_is_terminated_has_lost_nothing(tmp_path: Path) -> None:
    code = (
        "import time; from combatlens.api.client import BotClient\nb = BotClient()\n"
        "for i in range(20): b.kill(f'rat{i}')\nprint('ready', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(APP), "COMBATLENS_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        bot.send_signal(signal.SIGTERM)
        bot.wait(10)
    kept = [line for file in (tmp_path / "inbox").iterdir() for line in file.read_text().splitlines()]
    assert len(kept) == 20
