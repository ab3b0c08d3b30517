"""Analytics and reports over a real store, filled by the simulation through the importer, and over PostgreSQL."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, insert, inspect, select, text

from combatlens.adapters.storage import schema, told
from combatlens.adapters.storage.analytics import SqlAnalytics
from combatlens.adapters.storage.asking import ask_engine
from combatlens.adapters.storage.engine import open_sqlite
from combatlens.cli.common import confirm
from combatlens.cli.main import run_command
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill, Recorded
from combatlens.domain.records import SessionDetail, SessionSummary, SkillTotals, TargetTotals
from combatlens.learning.told import told as told_of
from combatlens.learning.trend_words import chance
from combatlens.reports.csv_table import csv_table
from combatlens.reports.markdown import session_markdown
from combatlens.reports.session_html import session_page, sessions_page
from combatlens.simulation.simulate import simulate

END = 1_780_000_000.0
SESSIONS = 12
EVIL = "=1+1<script>alert(1)</script>|`x`"
VIEWS = {"performance_by_day", "effectiveness_ranking", "recommendation_quality", "learning_summary"}


def told_events(path: Path) -> None:
    """Beside the simulated fights: what a user says and decides, and what a bot offers."""
    lines = []
    ends = 0
    for line in path.read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "session" and event["op"] == "end":
            at = event["at"] - 1
            lines += [
                {"type": "feedback", "id": f"f{ends}", "at": at, "rating": 1 + ends % 5, "text": "stuck at the bridge",
                 "tags": ["bridge"]},
                {"type": "decision", "id": f"d{ends}", "at": at, "recommendation_id": "build-x",
                 "decision": "accepted"},
                {"type": "attempt", "id": f"a{ends}", "at": at, "goal": "rotation: r.lua", "steps": ["x"],
                 "success": ends % 3 > 0, "meta": {"generation_type": "rotation", "modified": ends % 3 == 2,
                                                   "time_to_accept_s": 12}},
            ]  # fmt: skip
            ends += 1
        lines.append(event)
    path.write_text("\n".join(map(json.dumps, lines)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analytics")
    simulate(folder / "events.jsonl", minutes=6, sessions=SESSIONS, seed=5, ends_at=END)
    told_events(folder / "events.jsonl")
    assert (
        run_command(["--home", str(folder / "h"), "import", str(folder / "events.jsonl"), "--profile", "events"]) == 0
    )
    return folder / "h"


@pytest.fixture
def ask(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: str, code: int = 0) -> str:
        assert run_command(["--home", str(home), *arguments]) == code
        return capsys.readouterr().out

    return run


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    engine = open_sqlite(home / "combatlens.db", read_only=True)
    yield engine
    engine.dispose()


Ask = Callable[..., str]


def test_the_dashboards_totals_are_the_sessions(ask: Ask) -> None:
    found = json.loads(ask("analytics", "dashboard", "--json"))
    sessions = json.loads(ask("sessions", "list", "--json"))
    assert found["totals"]["sessions"] == len(sessions) == SESSIONS
    assert found["totals"]["total_xp_gained"] == pytest.approx(sum(s["total_xp_gained"] for s in sessions))
    uses = sum(row["uses"] for row in found["effectiveness"] if row["kind"] == "skill")
    assert uses == sum(skill["usage_count"] for s in sessions for skill in s["skills"].values())
    minutes = sum(row["active_minutes"] for row in found["best_hours"])
    assert minutes == pytest.approx(found["totals"]["active_minutes"], rel=0.01)
    assert {row["name"] for row in found["best_places"]} == {"Hollow Fen", "Amber Flats"}


def test_what_was_said_decided_and_offered_is_told(ask: Ask, engine: Engine) -> None:
    found = json.loads(ask("analytics", "dashboard", "--json"))
    said = found["satisfaction"]
    assert said["ratings"] == SESSIONS
    assert {"theme": "bridge", "kind": "tag", "count": SESSIONS, "rating": said["mean"]} in said["themes"]
    (script,) = [row for row in found["learning"] if row["kind"] == "script"]
    assert (script["name"], script["tries"], script["successes"], script["seconds_to_decide"]) == (
        "rotation",
        12,
        8,
        12,
    )
    with engine.connect() as connection:
        table = told.session_said.c
        became = connection.execute(
            select(table.text, func.count()).where(table.kind == "script").group_by(table.text)
        ).all()
    assert dict(map(tuple, became)) == {"rejected": 4, "accepted": 4, "modified": 4}


def test_no_delay_is_made_of_an_import(ask: Ask) -> None:
    (bot,) = json.loads(ask("analytics", "dashboard", "--json"))["reader"]
    assert (bot["source"], bot["delay_p95_s"]) == ("bot", None)


@pytest.mark.parametrize(("waited", "told"), [(2.0, 2.0), (90.0, None)])
def test_what_waited_in_the_inbox_tells_nothing_of_slow_answers(waited: float, told: float | None) -> None:
    records = [Recorded(n, "s", 100.0 + n, 100.0 + n + waited, "bot", "x", Kill()) for n in range(40)]
    assert told_of(records).sources["bot"].delay_p95_s == told


def test_the_four_views_answer(engine: Engine) -> None:
    assert set(inspect(engine).get_view_names()) == VIEWS
    with engine.connect() as connection:
        days = connection.execute(text("SELECT SUM(sessions) FROM performance_by_day")).scalar_one()
        best = connection.execute(
            text("SELECT name FROM effectiveness_ranking WHERE kind = 'skill' AND uses > 10 ORDER BY success_rate DESC")
        ).scalars()
        assert days == SESSIONS
        assert len(list(best)) >= 4


def test_alerts_are_as_the_contract_says_and_fail_a_pipeline(ask: Ask, home: Path) -> None:
    found = json.loads(ask("analytics", "alerts", "--json"))
    keys = {"kind", "severity", "since", "detected_at", "session_id", "metric", "expected", "observed", "message"}
    assert all(keys <= alert.keys() for alert in found)
    assert ask("analytics", "alerts", "--days", "0.5", "--fail-on", "low") == "no alert\n"
    writable = open_sqlite(home / "combatlens.db")
    alert = {"session": 1, "number": 99, "kind": "bot_stalled", "severity": "high", "since": END, "detected_at": END,
             "metric": "events", "message": "stuck", "changed": ""}  # fmt: skip
    with writable.begin() as connection:
        connection.execute(insert(told.alerts), alert)
    try:
        assert "stuck" in ask("analytics", "alerts", "--fail-on", "high", code=1)
    finally:
        with writable.begin() as connection:
            connection.execute(told.alerts.delete().where(told.alerts.c.number == 99))
        writable.dispose()


@pytest.mark.parametrize("command", ["dashboard", "trends", "insights", "alerts"])
def test_every_command_answers_people_also_about_nothing(
    command: str, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("analytics", command)
    assert run_command(["--home", str(tmp_path), "analytics", command]) == 0
    assert run_command(["--home", str(tmp_path), "analytics", command, "--json"]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("days", ["nan", "inf", "1e30", "0", "-1", "soon"])
def test_days_that_are_none_are_wrong_usage(days: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["analytics", "trends"], ["analytics", "alerts"], ["report"]):
        assert run_command(["--home", str(tmp_path), *command, "--days", days]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_one_session_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"type": "skill", "skill": "x", "damage": 5, "id": str(n), "at": END + n} for n in range(60)]
    (tmp_path / "e.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run_command(["--home", str(tmp_path / "h"), "import", str(tmp_path / "e.jsonl"), "--profile", "events"]) == 0
    capsys.readouterr()
    for command, said in (("analytics dashboard", "1 session, "), ("db check", "1 session, 60 events: sound"),
                          ("analytics insights", "(100% of the time, 1 session)")):  # fmt: skip
        assert run_command(["--home", str(tmp_path / "h"), *command.split()]) == 0
        assert said in capsys.readouterr().out


def test_a_chance_too_small_for_three_places_is_not_told_as_none() -> None:
    assert [chance(p, "= ") for p in (None, 0.25, 0.0009)] == ["–", "= 0.250", "< 0.001"]
    assert [chance(p) for p in (None, 0.25, 0.001, 0.0009)] == ["–", "0.250", "0.001", "< 0.001"]


def test_the_dashboard_tells_what_was_tried_and_how_late_events_came(ask: Ask) -> None:
    shown = ask("analytics", "dashboard")
    assert re.search(r"^rotation +script +12 +67% +12\.0$", shown, re.MULTILINE)
    assert not re.search(r" $", shown, re.MULTILINE)
    assert re.search(r"^focused +build +6 .* to .* \d\.\d$", shown, re.MULTILINE)  # what goes with XP and ratings
    for row in json.loads(ask("analytics", "dashboard", "--json"))["learning"]:
        assert datetime.fromisoformat(row["first_at"]) <= datetime.fromisoformat(row["last_at"])
    assert not ask("analytics", "alerts").startswith("\n")


@pytest.mark.parametrize(
    ("asked", "begins"),
    [(["--out", "x.md"], "# The whole"), (["--out", "x.csv"], "day,"), (["--out", "x"], "<!doctype"),
     (["--out", "x.md", "--format", "csv"], "day,")],
)  # fmt: skip
def test_a_report_is_what_its_files_name_says(ask: Ask, tmp_path: Path, asked: list[str], begins: str) -> None:
    path = tmp_path / asked[1]
    ask("report", "--out", str(path), *asked[2:])
    assert path.read_text().startswith(begins)


@pytest.mark.parametrize("name", ["all.csv", "all.csv.zip", "all.parquet", "all.jsonl", "all"])
def test_an_export_is_what_its_files_name_says(ask: Ask, tmp_path: Path, name: str) -> None:
    told = ask("db", "export", str(tmp_path / name))
    assert zipfile.is_zipfile(tmp_path / name) == ("a ZIP with" in told) == ("csv" in name or "parquet" in name)


def test_a_group_without_a_command_and_an_answer_of_no_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["analytics"]) == 2
    assert capsys.readouterr().err == (
        "combatlens: error: combatlens analytics needs a command: alerts, dashboard, insights, trends; "
        "see combatlens analytics --help\n"
    )
    with pytest.raises(EnvironmentFault, match="nothing was changed"), CliRunner().isolation("n\n"):
        confirm("Sure?")
    with pytest.raises(EnvironmentFault, match="nothing was changed"), CliRunner().isolation(""):
        confirm("Sure?")


def test_a_session_deleted_takes_what_it_told_with_it(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "h")
    engine = open_sqlite(tmp_path / "h" / "combatlens.db")
    with engine.begin() as connection:
        connection.execute(schema.sessions.delete().where(schema.sessions.c.session_id == "simulated-5-001"))
    with engine.connect() as connection:
        assert len(SqlAnalytics(ask_engine(engine)).points()) == SESSIONS - 1
        for table in told.OF_A_SESSION:
            orphans = select(func.count()).where(table.c.session.not_in(select(schema.sessions.c.key)))
            assert connection.execute(orphans).scalar_one() == 0
    engine.dispose()


class Checker(HTMLParser):
    """What a page asks for from outside, its scripts, and whether its tags close."""

    VOID = frozenset({"meta", "line", "rect", "polygon", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "iframe", "img")
        self.outside += [value or "" for name, value in attrs if name in ("src", "href") and value and value[0] != "#"]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(page: str) -> str:
    checker = Checker()
    checker.feed(page)
    assert (checker.outside, checker.open) == ([], [])
    assert "url(" not in page
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    return checker.text


def test_reports_are_pages_by_themselves(ask: Ask, tmp_path: Path) -> None:
    session = checked(ask("report", "--session", "simulated-5-001"))
    assert "XP by the minute" not in session  # that is the picture's label, not its text
    assert "Sunder" in session
    period = ask("report")
    assert "What the advice rests on" in checked(period)
    assert re.search(r"Tried, and scripts offered.*rotation.*How it was recorded", period, re.DOTALL)
    assert period.count('<svg class="chart"') >= 3
    assert ask("report", "--format", "md").startswith("# The whole history")
    ask(
        "sessions",
        "export",
        "simulated-5-001",
        "simulated-5-002",
        "--format",
        "html",
        "--out",
        str(tmp_path / "two.html"),
    )
    assert "2 sessions" in checked((tmp_path / "two.html").read_text())


def evil() -> SessionDetail:
    skills = {EVIL: SkillTotals(usage_count=3, successes=2, total_damage=10.0)}
    summary = SessionSummary(
        session_id=EVIL, start_time=END, end_time=END + 60, character=EVIL, build=EVIL, notes=EVIL + "\n# x",
        skills=skills, targets={EVIL: TargetTotals(kills=1)},
    )  # fmt: skip
    return SessionDetail(summary=summary, moments=((END, "mark", EVIL),))


def test_names_from_a_log_stay_text() -> None:
    checked(session_page(evil(), END))
    checked(sessions_page([evil(), evil()], END))
    markdown = session_markdown(evil(), END)
    assert "<script>" not in markdown.replace("\\<", "")
    assert not re.search(r"^# x", markdown, re.MULTILINE)
    turning = msgspec.structs.replace(evil().summary, character="\u202egnp\x9b1m", build="&amp; @all")
    for made in (session_page, session_markdown):
        told = made(SessionDetail(summary=turning), END)
        assert "\u202e" not in told
        assert "u202egnp" in told
        assert "\x9b" not in told
    assert "\\&amp; \\@all" in session_markdown(SessionDetail(summary=turning), END)
    rows = list(
        csv.DictReader(io.StringIO(csv_table([{"skill": name, "n": -1} for name in (EVIL, " =2", "+x", "ok")])))
    )
    assert [row["skill"] for row in rows] == ["'" + EVIL, "' =2", "'+x", "ok"]
    assert rows[0]["n"] == "-1"
