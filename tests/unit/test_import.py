"""Importing whole logs: counts, actors, twice is once, cancel, progress."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from tests.logs import FakeClock, MemoryRecorder, import_log, profile

from combatlens.adapters.combat_log.reading import open_log
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Occurrence
from combatlens.domain.profile import LogRules
from combatlens.ports import Origin, Overloaded, Receipt
from combatlens.services.importer import Importer, Progress

LOG = """Logging In [Sat Feb 17 22:57:53 2024]
[Combat]  23:00:01 Bob hits a rat 5 pts
[Combat]  23:00:01 Bob hits a rat 5 pts
[Combat]  23:00:02 A rat hits Bob 3 pts
[Combat]  23:00:03 Ann crits a rat 11 pts
[Combat]  23:00:04 Bob wiggles the frobnicator 3 times
[Combat]  23:00:05 Bob wiggles the frobnicator 17 times
[Combat]  23:00:06 Bob fumbles his attack and does 4 points of damage to himself.
[Combat]  23:00:07 A rat is no more.
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "bob_chatlog.txt"
    path.write_text(LOG)
    return path


def test_counts_and_actors(log: Path) -> None:
    result, recorder = import_log(log)
    (file,) = result.files
    assert (file.dialect, file.player) == ("swg", "Bob")
    assert (file.lines, file.events, file.silent, file.unmatched, file.added) == (9, 6, 1, 2, 6)
    assert file.shapes == {"… wiggles the frobnicator # times": 2}
    assert recorder.characters == {"Bob"}
    bob, ann, rat = (result.actors[name] for name in ("Bob", "Ann", "a rat"))
    assert (bob.damage_dealt, bob.self_damage, bob.damage_taken, bob.kills) == (10, 4, 3, 1)
    assert ann.damage_dealt == 11
    assert (rat.damage_dealt, rat.damage_taken, rat.deaths) == (3, 21, 1)


def test_twice_is_once_and_a_longer_copy_adds_what_is_new(log: Path, tmp_path: Path) -> None:
    _, recorder = import_log(log)
    again, _ = import_log(log, recorder=recorder)
    assert again.files[0].added == 0
    copy = tmp_path / "copy of it.log"
    copy.write_text(LOG + "[Combat]  23:00:09 Bob hits a rat 5 pts\n")
    longer, _ = import_log(copy, recorder=recorder)
    assert longer.files[0].added == 1


def test_a_folder_stands_for_its_logs(log: Path) -> None:
    log.with_name("picture.png").write_bytes(b"x")
    result, _ = import_log(log.parent)
    assert [Path(file.file).name for file in result.files] == [log.name]


def test_cancel_keeps_what_was_committed(tmp_path: Path) -> None:
    big = tmp_path / "big_chatlog.txt"
    big.write_text("Logging In [Sat Feb 17 22:57:53 2024]\n" + "[Combat]  23:00:01 Bob hits a rat 5 pts\n" * 30_000)
    seen: list[Progress] = []
    recorder = MemoryRecorder()
    importer = Importer(recorder, open_log, FakeClock(), progress=seen.append, cancel=lambda: len(seen) == 2)
    cancelled = importer.run([big], profile(), "Bob")
    assert cancelled.cancelled
    assert 0 < len(recorder.events) == cancelled.files[0].added < 30_000
    assert seen[0].total == big.stat().st_size
    assert 0 < seen[0].done < seen[1].done < seen[0].total
    resumed = Importer(recorder, open_log, FakeClock()).run([big], profile(), "Bob")
    assert len(recorder.events) == 30_000
    assert resumed.files[0].added + cancelled.files[0].added == 30_000


def test_a_full_recorder_is_waited_for(log: Path) -> None:
    class Busy(MemoryRecorder):
        refusals = 2

        def submit(
            self, batch: Sequence[Occurrence], *, character: str = "", after: Future[Receipt] | None = None,
            origin: Origin | None = None,
        ) -> Future[Receipt]:  # fmt: skip
            if self.refusals:
                self.refusals -= 1
                raise Overloaded(0.0)
            return super().submit(batch, character=character)

    _, recorder = import_log(log, recorder=Busy())
    assert len(recorder.events) == 6


def test_what_is_no_log_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "shopping.txt"
    path.write_text("milk\nbread\n")
    with pytest.raises(EnvironmentFault, match="no combat-log format"):
        import_log(path)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        import_log(tmp_path / "absent.log")
    with pytest.raises(EnvironmentFault, match="no combat-log dialect"):
        import_log(path, dialect="klingon")


def test_a_folder_without_logs_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"no \.txt or \.log"):
        import_log(tmp_path)


def test_the_profiles_own_player_is_the_profiles_character(log: Path) -> None:
    """Its session joins the live one; what it does to itself and its pets' damage still are its own."""
    result, recorder = import_log(log, dialect="swg", rules=(), timezone="UTC", recorder=MemoryRecorder())
    named = Importer(recorder, open_log, FakeClock()).run([log], profile(player="Bob"))
    assert recorder.characters == {"Bob", ""}
    assert named.actors["Bob"] == result.actors["Bob"]
    targets = {o.event.target for o in recorder.ordered if getattr(o.event, "skill", "") == "fumble"}
    assert targets == {"Bob", "player"}


def test_a_log_appended_to_itself_is_twice_the_facts(log: Path, tmp_path: Path) -> None:
    """Equal lines are facts of their own, however far apart; a third import still adds nothing."""
    long = [f"[Combat]  23:{n // 60:02}:{n % 60:02} Bob hits a rat {n} pts\n" for n in range(300)]
    twice = tmp_path / "twice.txt"
    twice.write_text(("Logging In [Sat Feb 17 22:57:53 2024]\n" + "".join(long)) * 2)
    result, recorder = import_log(twice, dialect="swg", player="Bob")
    assert result.files[0].added == len(recorder.events) == 600
    again, _ = import_log(twice, dialect="swg", player="Bob", recorder=recorder)
    assert again.files[0].added == 0


def test_the_player_said_again_is_no_other_log(log: Path) -> None:
    _, recorder = import_log(log, dialect="swg", timezone="UTC")
    first = len(recorder.events)
    player = open_dialect(LogRules(dialect="swg"), take_sample(log)).player
    assert player == "Bob"
    import_log(log, dialect="swg", timezone="UTC", player=player, recorder=recorder)
    assert len(recorder.events) == first > 0


@pytest.mark.parametrize("head", [b"\x1f\x8b\x08\x00", b"PK\x03\x04\x14\x00", bytes(range(256)) * 20])
def test_archives_and_programs_are_refused(log: Path, head: bytes) -> None:
    log.write_bytes(head + log.read_bytes())
    with pytest.raises(EnvironmentFault, match=r"packed|no text"):
        import_log(log, dialect="swg")


def test_a_folder_is_looked_through_and_what_is_no_log_in_it_passed_over(log: Path) -> None:
    deep = log.parent / "server" / "account"
    deep.mkdir(parents=True)
    (deep / "more.txt").write_bytes(log.read_bytes())
    (log.parent / "program.log").write_bytes(bytes(range(256)) * 20)
    (log.parent / "empty.txt").write_bytes(b"")
    result, _ = import_log(log.parent, dialect="swg", timezone="UTC")
    assert sorted(Path(file.file).name for file in result.files if not file.skipped) == sorted([log.name, "more.txt"])
    assert [Path(file.file).name for file in result.files if file.skipped] == ["program.log"]
