"""Sessions that a log's parser folds for the recorder: lent, recalled, lost, and always what a recount says."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from tests.integration.test_import_process import PARSE, sound, take_in

from combatlens.adapters.combat_log import frames, parser_process
from combatlens.adapters.combat_log.parser_process import ParserProcess
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.importing import take_in as import_log
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Recorded
from combatlens.domain.fold import FoldRules
from combatlens.domain.profile import LogRules
from combatlens.ports import SessionHead
from combatlens.services import recorder
from combatlens.services.book import SessionBook
from combatlens.services.corrections import Correction
from combatlens.services.held import HeldSession
from combatlens.services.importer import Progress


@pytest.fixture(autouse=True)
def always_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_process, "WORTH_BYTES", 0)
    monkeypatch.setattr(parser_process, "LENT_AHEAD", 0)


def fight(path: Path, first: int, lines: int, late: dict[int, int] | None = None) -> Path:
    """One long session, a hit a second from second `first` of the day; `late`: how much so a line is."""
    with path.open("w") as file:
        file.write("Logging In [Sat Feb 17 01:00:00 2024]\n")
        for number in range(first, first + lines):
            at = number - (late or {}).get(number, 0)
            clock = f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
            file.write(f"[Combat]  {clock} Bob hits a rat {number % 90} pts\n")
    return path


class Watched(dict[str, int]):
    """How often a parser was asked for something."""

    def watch(self, monkeypatch: pytest.MonkeyPatch, name: str, answered: Any = lambda found: True) -> None:
        self[name] = 0
        whole = getattr(ParserProcess, name)

        def asked(parser: ParserProcess, *what: Any, **how: Any) -> Any:
            found = whole(parser, *what, **how)
            self[name] += bool(answered(found))
            return found

        monkeypatch.setattr(ParserProcess, name, asked)


def test_a_session_over_two_files_goes_from_one_parser_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Watched()
    asked.watch(monkeypatch, "lend")
    asked.watch(monkeypatch, "take", lambda found: found is not None)
    first, second = fight(tmp_path / "1.txt", 3_600, 20_000), fight(tmp_path / "2.txt", 23_600, 20_000)
    found = take_in(tmp_path / "home", first, second)
    (session,) = found["sessions"]
    assert session["total_damage_dealt"] == sum(n % 90 for n in range(3_600, 43_600))
    assert list(sound(tmp_path / "home").values()) == [40_000]
    assert asked["lend"] == 2
    assert asked["take"] >= 1


def test_what_has_ended_comes_back_as_what_is_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of fighting, an hour of rest: the parser ends those that are over while it parses on."""
    asked = Watched()
    asked.watch(monkeypatch, "ended", lambda found: found is not None)
    for pause in ("REST_S", "TICK_S", "FRESH_S"):
        monkeypatch.setattr(recorder, pause, 0.0)
    log = tmp_path / "a.txt"
    for hour in range(0, 24, 2):
        part = fight(tmp_path / "part.txt", hour * 3_600, 3_600).read_text()
        with log.open("a") as whole:
            whole.write(part if not hour else part.split("\n", 1)[1])
    found = take_in(tmp_path / "home", log)
    assert len(found["sessions"]) == 12
    assert sum(s["total_damage_dealt"] for s in found["sessions"]) == 12 * sum(n % 90 for n in range(3_600))
    assert list(sound(tmp_path / "home").values()) == [3_600] * 12
    assert asked["ended"] > 0


@pytest.mark.parametrize("late_s", [5, 300, 3_000])
def test_what_comes_late_is_told_anew_where_it_must(tmp_path: Path, late_s: int) -> None:
    late = dict.fromkeys(range(9_000, 40_000, 1_777), late_s)
    found = take_in(tmp_path / "home", fight(tmp_path / "a.txt", 3_600, 40_000, late))
    assert sum(session["total_damage_dealt"] for session in found["sessions"]) == sum(
        n % 90 for n in range(3_600, 43_600)
    )
    assert sum(sound(tmp_path / "home").values()) == 40_000


def test_what_may_be_shown_live_is_not_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Watched()
    asked.watch(monkeypatch, "lend")
    now = time.time()
    log = tmp_path / "a.txt"
    with log.open("w") as file:
        file.write(time.strftime("Logging In [%a %b %d %H:%M:%S %Y]\n", time.localtime(now - 300)))
        for number in range(20_000):
            clock = time.strftime("%H:%M:%S", time.localtime(now - 200 + number // 200))
            file.write(f"[Combat]  {clock} Bob hits a rat {number % 90} pts\n")
    (session,) = take_in(tmp_path / "home", log)["sessions"]
    assert session["total_damage_dealt"] == sum(n % 90 for n in range(20_000))
    assert asked["lend"] == 0


def test_a_parser_that_dies_takes_no_session_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fight(tmp_path / "a.txt", 3_600, 60_000)
    begun: list[ParserProcess] = []
    whole = ParserProcess.fold

    def fold(parser: ParserProcess, *what: Any) -> None:
        whole(parser, *what)
        begun.append(parser)
        if len(begun) == 2:
            parser._process.kill()

    monkeypatch.setattr(ParserProcess, "fold", fold)
    with pytest.raises(EnvironmentFault, match="broke off"):
        take_in(tmp_path / "home", log)
    (kept,) = sound(tmp_path / "home").values()
    assert 0 < kept < 60_000
    monkeypatch.setattr(ParserProcess, "fold", whole)
    assert take_in(tmp_path / "home", log)["files"][0]["added"] == 60_000 - kept
    assert list(sound(tmp_path / "home").values()) == [60_000]


def test_a_correction_meanwhile_leaves_a_lent_session_whole(tmp_path: Path) -> None:
    """The book is read anew: the row of a session that is lent does not tell how far its events reach."""
    home = Home(tmp_path / "home")
    before = tmp_path / "before.txt"
    before.write_text(fight(tmp_path / "a.txt", 3_600, 500).read_text().replace("Feb 17", "Feb 10"))
    take_in(home.root, before)
    core = Core(home, what="a test", profile="swg")
    corrected: list[str] = []

    def correct(_progress: Progress) -> None:
        (head, *lent) = core.store.heads()
        if lent and not corrected:
            corrected.append(core.editor.edit(head.session_id, Correction(notes="a good one")))

    try:
        core.start()
        import_log(core, [fight(tmp_path / "b.txt", 3_600, 30_000)], "swg", "Bob", correct, lambda: False)
    finally:
        core.stop()
    assert corrected
    assert list(sound(home.root).values()) == [501, 30_000]


def test_a_parser_whose_parent_was_killed_in_the_middle_of_a_word_ends(tmp_path: Path) -> None:
    log = fight(tmp_path / "a.txt", 3_600, 80_000)
    parser = subprocess.Popen(PARSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parser.stdin is not None
    assert parser.stdout is not None
    try:
        frames.send(parser.stdin, frames.Task(str(log), LogRules(dialect="swg"), "", "Bob"))
        for _ in range(1 + frames.AHEAD):
            assert frames.receive(parser.stdout)
        parser.stdin.write(b"\0\0\1\0half a word")
        parser.stdin.close()
        assert parser.wait(30) == 0
    finally:
        parser.kill()
        parser.stdout.close()
        parser.wait()


@pytest.mark.expected_errors("could not be closed: the disk is full")
def test_an_end_that_could_not_be_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core(Home(tmp_path / "home"), what="a test", profile="swg")
    write, refused = core.store.write, list[str]()

    def full(records: Any, changes: Any, fresh: Any = ()) -> None:
        def told() -> Any:
            found = changes()
            if not refused and any(change.head.end is not None for change in found):
                refused.append("once")
                raise EnvironmentFault("the disk is full", "make room")
            return found

        write(records, told, fresh)

    monkeypatch.setattr(core.store, "write", full)
    try:
        core.start()
        import_log(
            core, [fight(tmp_path / "a.txt", 3_600, 20_000)], "swg", "Bob", lambda _progress: None, lambda: False
        )
        core.recorder.finish_past().result(60)
        (head,) = core.store.heads()
        assert (head.state, head.end) == ("completed", head.last)
        assert core.past.summary(head.session_id).total_damage_dealt == sum(n % 90 for n in range(3_600, 23_600))
    finally:
        core.stop()
    assert refused


def test_ctrl_c_is_the_importers_matter(tmp_path: Path) -> None:
    """A terminal sends it to the parser too, which has what was lent."""
    log = fight(tmp_path / "a.txt", 3_600, 30_000)
    with closing(ParserProcess(PARSE, frames.Task(str(log), LogRules(dialect="swg"), "", "Bob"))) as parser:
        parser._process.send_signal(signal.SIGINT)
        assert sum(len(batch.events) for batch in parser.batches()) == 30_000


def test_a_session_that_is_cut_in_two_is_told_anew_not_taken_back() -> None:
    class Lent:
        def take(self, _session_id: str) -> None:
            raise AssertionError("what is lent holds the events that leave")

    store: Any = None
    book = SessionBook(store, FoldRules(), "swg", 1_800.0, "")
    head = SessionHead(session_id="a", character="Bob", profile="swg", state="active", start=0.0, last=9.0)
    session = HeldSession(head, None, fresh=True)
    session.folder = cast(Any, Lent())
    session.new = [Recorded(at + 1, "a", float(at), 0.0, "log", "Bob", Kill()) for at in range(10)]
    left = book.part(session, 5.0)
    assert [record.at for record in left] == [5, 6, 7, 8, 9]
    book.fold_new(session)
    assert session.growing is not None
    assert session.growing.fold.kills == 5
