"""The inbox takes every line in exactly once, whatever happens to the file or to CombatLens."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.api_fakes import MemoryRecorder, SystemClock, wait_until

from combatlens.adapters import inbox as inbox_module
from combatlens.adapters import inbox_file
from combatlens.adapters.inbox import Inbox
from combatlens.adapters.journal import JOURNAL, EventFile
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.ports import Overloaded, Receipt


class Died(BaseException):
    """kill -9, as far as a test can."""


class Positions:
    """Durable, but the process may die just before or just after a save."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.dies_in: int | None = None

    def load(self, key: str) -> dict[str, Any] | None:
        return self.kept.get(key)

    def save(self, key: str, position: dict[str, Any]) -> None:
        self._tick()
        self.kept[key] = json.loads(json.dumps(position))
        self._tick()

    def _tick(self) -> None:
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                self.dies_in = None
                raise Died


class House:
    """A folder, a store that outlives restarts, and an inbox that can be started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.positions = Positions()
        self.recorder = MemoryRecorder()
        self.clock = SystemClock()
        self.restart()

    def restart(self) -> None:
        self.inbox = Inbox(self.folder, self.positions, self.clock)

    def look(self) -> list[str]:
        """One look; the targets of all kills recorded so far."""
        self.inbox.take_in(self.recorder.submit)
        return self.targets()

    def targets(self) -> list[str]:
        return [str(getattr(each.event, "target", "")) for each in self.recorder.occurrences]

    def write(self, text: str, name: str = "bot.jsonl", mode: str = "a") -> Path:
        path = self.folder / name
        with path.open(mode, encoding="utf-8", newline="") as file:
            file.write(text)
        return path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def kill(target: str, **more: Any) -> str:
    return json.dumps({"type": "kill", "target": target, **more}) + "\n"


def test_lines_are_taken_in_once_across_restarts(house: House) -> None:
    house.write(kill("a") + kill("b"))
    assert house.look() == ["a", "b"]
    house.write(kill("c"))
    assert house.look() == ["a", "b", "c"]
    house.restart()
    house.write(kill("d"))
    assert house.look() == ["a", "b", "c", "d"]
    assert house.look() == ["a", "b", "c", "d"]


def test_equal_lines_are_separate_facts(house: House) -> None:
    house.write(kill("rat") * 3)
    assert house.look() == ["rat"] * 3


def test_a_half_written_line_waits(house: House) -> None:
    whole = kill("b")
    house.write(kill("a") + whole[:9])
    assert house.look() == ["a"]
    house.restart()
    assert house.look() == ["a"]
    house.write(whole[9:])
    assert house.look() == ["a", "b"]


def test_windows_files_are_read(house: House) -> None:
    (house.folder / "bot.jsonl").write_bytes(
        b'\xef\xbb\xbf{"type":"kill","target":"\xc3\xa4"}\r\n\r\n{"type":"death"}\r\n'
    )
    assert house.look() == ["ä", ""]
    assert not (house.folder / "bot.jsonl.rejected").exists()


def test_bad_lines_go_beside_with_the_reason(house: House) -> None:
    house.recorder.refuse = {1: "not now"}
    house.write(
        kill("a")
        + "nonsense\n"
        + kill("b")
        + '{"type":"kill","hp":1}\n'
        + "\udcff\n".encode("utf-8", "replace").decode()
    )
    assert house.look() == ["a"]
    entries = [json.loads(line) for line in (house.folder / "bot.jsonl.rejected").read_text().splitlines()]
    assert [entry["line"] for entry in entries] == ["nonsense", kill("b").strip(), '{"type":"kill","hp":1}', "?"]
    assert [entry["offset"] for entry in entries] == sorted(entry["offset"] for entry in entries)
    assert "no JSON" in entries[0]["reason"]
    assert entries[1]["reason"] == "not now"
    assert "`hp`" in entries[2]["reason"]


def test_bytes_that_are_no_text_are_refused(house: House) -> None:
    (house.folder / "bot.jsonl").write_bytes(kill("a").encode("utf-16") + b"\n" + kill("b").encode())
    assert house.look() == ["b"]
    assert (house.folder / "bot.jsonl.rejected").exists()


def test_a_line_without_end_is_passed_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_file, "CHUNK", 200)
    monkeypatch.setattr(inbox_file, "MAX_LINE", 100)
    house.write("x" * 150 + "\n" + kill("a") + "y" * 1000)
    assert house.look() == ["a"]
    house.write("y" * 1000 + "\n" + kill("b"))
    assert house.look() == ["a", "b"]
    assert (house.folder / "bot.jsonl.rejected").read_text().count("KiB") == 2


def test_only_jsonl_files_are_read(house: House) -> None:
    house.write(kill("a"), "notes.txt")
    house.write(kill("b"), "bot.jsonl.rejected")
    (house.folder / "folder.jsonl").mkdir()
    assert house.look() == []


def test_no_folder_is_no_fault(tmp_path: Path) -> None:
    assert House(tmp_path / "none").look() == []


def test_times_come_from_the_line_or_the_file(house: House) -> None:
    path = house.write(kill("a") + kill("b", at="2024-05-01T12:00:00+02:00"))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    house.look()
    assert [each.at for each in house.recorder.occurrences] == [1_700_000_000.0, 1714557600.0]
    house.write(kill("c", at=4102444800))
    house.look()
    assert "future" in (house.folder / "bot.jsonl.rejected").read_text()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_written_anew_is_new(house: House, restarted: bool) -> None:
    house.write(kill("rat") * 3)
    house.look()
    house.write(kill("rat") * 2, mode="w")
    if restarted:
        house.restart()
    assert house.look() == ["rat"] * 5


def test_a_file_deleted_and_made_again_is_new(house: House) -> None:
    path = house.write(kill("rat") * 2)
    house.look()
    path.unlink()
    house.look()
    house.write(kill("rat") * 2)
    assert house.look() == ["rat"] * 4


def test_a_file_replaced_between_two_looks_is_new(house: House) -> None:
    path = house.write(kill("rat") * 2)
    house.look()
    house.write(kill("rat") * 3, "other")
    (house.folder / "other").replace(path)
    assert house.look() == ["rat"] * 5


def test_a_dated_file_saved_by_an_editor_counts_once(house: House) -> None:
    lines = [kill("rat", at=1_700_000_000 + n) for n in range(5)]
    path = house.write("".join(lines))
    house.look()
    house.write("".join([*lines, kill("new", at=1_700_000_009)]), "saved")
    (house.folder / "saved").replace(path)
    assert house.look() == ["rat"] * 5 + ["new"]
    house.write("".join(lines[:2]) + kill("cut", at=1_700_000_010), mode="w")
    assert house.look() == ["rat"] * 5 + ["new", "cut"]


def test_a_file_that_shrinks_to_nothing_starts_again(house: House) -> None:
    path = house.write(kill("a"))
    house.look()
    os.truncate(path, 0)
    house.look()
    house.write(kill("a"))
    assert house.look() == ["a", "a"]


def test_ids_of_the_lines_are_kept(house: House) -> None:
    house.write(kill("a", id="mine"))
    house.write(kill("a", id="mine"), "copy.jsonl")
    assert house.look() == ["a"]


@pytest.mark.parametrize("seed", range(12))
def test_killed_anywhere_nothing_is_lost_or_doubled(house: House, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(inbox_module, "BATCH", 3)
    expected: list[str] = []
    bad = 0

    def emit(batch: Sequence[Occurrence]) -> Future[Receipt]:
        if chance.random() < 0.2:
            raise Died  # before the commit
        answer = house.recorder.submit(batch)
        if chance.random() < 0.2:
            raise Died  # after the commit, before the position is saved
        return answer

    for step in range(25):
        name = chance.choice(["one.jsonl", "two.jsonl"])
        lines = [f"{step}.{n}" if chance.random() < 0.5 else "rat" for n in range(chance.randrange(6))]
        text = "".join(kill(line) for line in lines)
        if chance.random() < 0.3:
            text += f"bad {step}\n"
            bad += 1
        house.write(text, name)
        expected += lines
        if chance.random() < 0.5:
            house.positions.dies_in = chance.randrange(6)
        try:
            house.inbox.take_in(emit)
        except Died:
            house.restart()
    house.positions.dies_in = None
    house.restart()
    assert sorted(house.look()) == sorted(expected)
    refusals = "".join(file.read_text() for file in house.folder.glob("*.rejected"))
    assert refusals.count('"bad ') == bad


def test_an_unreadable_file_does_not_keep_the_others_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = house.write(kill("a"), "a.jsonl")
    house.write(kill("b"), "b.jsonl")
    open_file = Path.open

    def guarded(path: Path, *how: Any, **more: Any) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return open_file(path, *how, **more)

    monkeypatch.setattr(Path, "open", guarded)
    with pytest.raises(PermissionError):
        house.look()
    assert house.targets() == ["b"]


def test_a_store_that_fails_is_said_and_tried_again(house: House) -> None:
    house.write(kill("a"))
    house.recorder.fault = EnvironmentFault("the disk is full", "make room")
    with pytest.raises(EnvironmentFault):
        house.look()
    house.recorder.fault = None
    assert house.look() == ["a"]


def test_the_thread_reads_says_how_it_is_and_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "POLL_S", 0.01)
    assert house.inbox.health().state == "off"
    house.recorder.fault = EnvironmentFault("the disk is full", "make room")
    house.write(kill("a"))
    house.inbox.start(house.recorder.submit)
    wait_until(lambda: house.inbox.health().state == "failed")
    assert house.inbox.health().remedy == "make room"
    house.recorder.fault = Overloaded(0.01)
    house.recorder.fault = None
    wait_until(lambda: house.targets() == ["a"])
    wait_until(lambda: house.inbox.health().state == "ok")
    house.write("nonsense\n")
    wait_until(lambda: house.inbox.health().state == "warning")
    assert "bot.jsonl.rejected" in house.inbox.health().remedy
    house.inbox.stop()
    house.inbox.stop()
    assert house.inbox.health().state == "off"


def test_overload_is_waited_out_and_a_stop_ends_the_waiting(house: House) -> None:
    house.write(kill("a"))
    house.recorder.fault = Overloaded(60)
    house.inbox.start(house.recorder.submit)
    house.inbox.stop()
    house.recorder.fault = None
    house.restart()
    assert house.look() == ["a"]


def test_a_commit_that_never_comes_does_not_hold_the_end_up(house: House) -> None:
    house.write(kill("a"))
    house.recorder.held = []
    house.inbox.start(house.recorder.submit)
    wait_until(lambda: house.recorder.held)
    house.inbox.stop()
    house.recorder.release()
    house.restart()
    assert house.look() == ["a"]


def test_the_journal_of_a_dead_bot_is_taken_over_and_that_of_a_living_one_is_not(house: House) -> None:
    living = EventFile(house.folder, JOURNAL)
    living.append(kill("living", id="1").encode())
    dead = EventFile(house.folder, JOURNAL)
    dead.append(kill("dead", id="2").encode())
    dead.close()
    house.look()
    assert house.look() == []  # too young to tell a bot that just begins from one that ended
    for file in (living, dead):
        os.utime(file.path, (1_700_000_000, 1_700_000_000))
    house.look()
    assert house.look() == ["dead"]
    living.finish()
    house.look()
    assert house.look() == ["dead", "living"]


def test_files_of_clients_go_once_they_are_read_and_those_of_users_stay(house: House) -> None:
    done = EventFile(house.folder, ".jsonl")
    done.append(kill("a", id="1").encode())
    users = house.write(kill("b"), "botclient-notes.jsonl")
    for path in (done.path, users):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert house.look() == ["a", "b"]
    house.look()
    assert done.path.exists()  # its writer still has it
    done.close()
    house.look()
    assert (done.path.exists(), users.exists()) == (False, True)
    assert house.look() == ["a", "b"]
