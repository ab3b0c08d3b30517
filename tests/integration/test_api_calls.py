"""Every call of the bot API, over real sockets."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.api_fakes import Api, running, wait_until

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Decision, SkillUse
from combatlens.ports import Overloaded


@pytest.fixture
def api(tmp_path: Path) -> Any:
    with running(tmp_path) as api:
        yield api


def test_health_needs_no_token(api: Api) -> None:
    status, body, _ = api.call("GET", "/v1/health", token="wrong")
    assert status == 200
    assert (body["name"], body["version"], body["protocol"]) == ("CombatLens", "9.9", 1)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"type": "kill", "id": "a"}, {}),
        ([{"type": "kill", "id": "a"}], {}),
        (b'{"type":"kill","id":"a"}\n', {"Content-Type": "application/x-ndjson"}),
        (b'\n{"type":"kill","id":"a"}\r\n\r\n', {"Content-Type": "application/x-ndjson; charset=utf-8"}),
        (b'\xef\xbb\xbf  [{"type":"kill","id":"a"}]', {}),
    ],
)
def test_an_event_is_taken_in_any_shape_and_counts_once(api: Api, body: Any, headers: dict[str, str]) -> None:
    first = api.call("POST", "/v1/events", body, headers=headers)
    again = api.call("POST", "/v1/events", body, headers=headers)
    assert first[:2] == (200, {"accepted": 1, "duplicates": 0, "rejected": [], "session_id": "s1"})
    assert again[:2] == (200, {"accepted": 0, "duplicates": 1, "rejected": [], "session_id": "s1"})
    assert [each.source for each in api.recorder.occurrences] == ["bot"]


def test_a_refused_event_is_named_by_its_place_and_the_good_ones_are_kept(api: Api) -> None:
    batch = [
        {"type": "skill", "skill": "x", "damage": -1},
        {"type": "kill"},
        {"type": "kill", "at": "2020-01-01"},
        {"type": "nonsense"},
        {"type": "kill", "hp": 4},
        {"type": "death", "at": "2020-01-01T00:00:00+02:00"},
        {"type": "kill", "at": 4102444800},
        7,
    ]
    status, receipt, _ = api.call("POST", "/v1/events", batch)
    assert (status, receipt["accepted"]) == (200, 2)
    assert [each["index"] for each in receipt["rejected"]] == [0, 2, 3, 4, 6, 7]
    reasons = {each["index"]: each["error"] for each in receipt["rejected"]}
    assert "damage" in reasons[0]
    assert "zone" in reasons[2]
    assert "known types: session" in reasons[3]
    assert "`hp`" in reasons[4]
    assert "future" in reasons[6]
    assert [each.at for each in api.recorder.occurrences][1] == 1577829600.0


def test_what_the_recorder_refuses_keeps_its_place_in_the_body(api: Api) -> None:
    api.recorder.refuse = {1: "no session of that name"}
    batch = [{"type": "nonsense"}, {"type": "kill"}, {"type": "death"}, {"type": "kill"}]
    _, receipt, _ = api.call("POST", "/v1/events", batch)
    assert [(each["index"], each["error"][:10]) for each in receipt["rejected"]] == [
        (0, receipt["rejected"][0]["error"][:10]),
        (2, "no session"),
    ]
    assert receipt["accepted"] == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b"hello", b"null", b'{"type":"kill"}\n{"type":"kill"}', b"[" * 9999]
)
def test_a_body_that_is_no_json_is_400_and_says_so(api: Api, body: bytes) -> None:
    status, answer, _ = api.call("POST", "/v1/events", body)
    assert status == 400
    assert answer["error"]
    assert api.recorder.occurrences == []


def test_poison_is_refused_and_harms_nobody(api: Api) -> None:
    deep = '{"type":"kill","meta":{"a":' + "[" * 500 + "]" * 500 + "}}"
    lines = [
        '{"type":"kill","target":"\\u0000"}',
        deep,
        '{"type":"kill","target":"\\ud800"}',
        '{"type":"skill","skill":"' + "x" * 201 + '"}',
        '{"type":"kill","xp":1e400}',
        '{"type":"kill","xp":NaN}',
        '{"type":"kill","meta":{"a":"' + "x" * 4096 + '"}}',
        '{"type":"skill","skill":"Zauberstoß 魔法 🗡"}',
    ]
    status, receipt, _ = api.call(
        "POST", "/v1/events", "\n".join(lines).encode(), headers={"Content-Type": "application/x-ndjson"}
    )
    assert (status, receipt["accepted"]) == (200, 1)
    assert [each["index"] for each in receipt["rejected"]] == list(range(7))
    event = api.recorder.occurrences[0].event
    assert isinstance(event, SkillUse)
    assert event.skill == "Zauberstoß 魔法 🗡"


def test_the_answer_comes_after_the_commit(api: Api) -> None:
    api.recorder.held = []
    answers: list[int] = []
    sender = threading.Thread(target=lambda: answers.append(api.call("POST", "/v1/events", {"type": "kill"})[0]))
    sender.start()
    wait_until(lambda: api.recorder.held)
    assert answers == []
    api.recorder.release()
    sender.join(5)
    assert answers == [200]


def test_under_pressure_it_says_when_to_come_again(api: Api) -> None:
    api.recorder.fault = Overloaded(1.5)
    status, answer, headers = api.call("POST", "/v1/events", {"type": "kill"})
    assert (status, headers["Retry-After"]) == (429, "2")
    assert "queue is full" in answer["error"]


def test_a_fault_of_the_store_is_503_with_its_remedy(api: Api) -> None:
    api.recorder.fault = EnvironmentFault("the disk is full", "make room")
    assert api.call("POST", "/v1/events", {"type": "kill"})[:2] == (503, {"error": "the disk is full; make room"})


def test_status_has_iso_times_and_other_characters(api: Api) -> None:
    _, status, _ = api.call("GET", "/v1/status")
    assert status["started_at"] == "2023-11-14T21:56:40.000000+00:00"
    assert (status["state"], status["character"], status["version"]) == ("active", "Ana", "9.9")
    assert api.call("GET", "/v1/status?character=Bo")[1]["kills"] == 7
    assert api.call("GET", "/v1/status?character=Eve")[0] == 404


def test_a_session_is_started_paused_resumed_and_ended(api: Api) -> None:
    started = api.call("POST", "/v1/sessions", {"session_id": "night", "build": "rifle", "character": "Bo"})
    assert started[:2] == (201, {"session_id": "night"})
    for turn in ("pause", "resume"):
        assert api.call("POST", f"/v1/sessions/current/{turn}?character=Bo")[0] == 200
    status, summary, _ = api.call("POST", "/v1/sessions/current/end", {"character": "Bo"})
    assert (status, summary["session_id"], summary["start_time"]) == (
        200,
        "session_1",
        "2023-11-14T22:13:20.500000+00:00",
    )
    assert [name for name, _ in api.control.asked] == ["start", "pause", "resume", "end"]
    assert {details["character"] for _, details in api.control.asked} == {"Bo"}


def test_control_without_a_session_is_409_with_the_reason(api: Api) -> None:
    assert api.call("POST", "/v1/sessions/current/pause")[:2] == (409, {"error": "no session is open"})


def test_history_is_paged_and_filtered(api: Api) -> None:
    path = "/v1/sessions?limit=5&offset=10&sort=kills&order=asc&since=2025-01-01T00:00:00Z&until=1800000000"
    _, page, _ = api.call("GET", path)
    assert (page["total"], page["limit"], page["offset"]) == (1, 5, 10)
    assert page["sessions"][0]["start_time"] == "2023-11-14T22:13:20.000000+00:00"
    query = api.history.queries[0]
    assert (query.sort, query.descending, query.since, query.until) == ("kills", False, 1735689600.0, 1800000000.0)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "sort=luck", "since=yesterday", "colour=red"])
def test_a_wrong_query_is_400(api: Api, query: str) -> None:
    status, answer, _ = api.call("GET", f"/v1/sessions?{query}")
    assert status == 400
    assert answer["error"]


def test_what_does_not_exist_is_404(api: Api) -> None:
    assert api.call("GET", "/v1/sessions/none")[0] == 404
    assert api.call("GET", "/v1/insights/skills/none")[0] == 404
    assert api.call("GET", "/v1/nothing")[0] == 404
    status, _, headers = api.call("DELETE", "/v1/events")
    assert (status, headers["Allow"]) == (405, "POST")


def test_what_was_learned(api: Api) -> None:
    assert api.call("GET", "/v1/insights")[1]["skill_performance"]
    assert api.call("GET", "/v1/insights/skills/a%2Fb%20%C3%BC")[:2] == (200, {"total_uses": 4})
    assert api.call("GET", "/v1/recommendations?character=Bo")[1] == {
        "recommendations": [{"id": "r1", "character": "Bo"}]
    }
    assert api.call("GET", "/v1/learning/metrics")[1] == {"events": 1}
    assert api.call("GET", "/v1/learning/report")[1] == {"summary": "well"}
    assert api.call("GET", "/v1/learning/goals")[1] == {"goals": []}


def test_a_decision_becomes_an_event(api: Api) -> None:
    assert api.call("POST", "/v1/recommendations/r%201/decision", {"decision": "accepted", "notes": "good"})[0] == 200
    event = api.recorder.occurrences[0].event
    assert isinstance(event, Decision)
    assert (event.recommendation_id, event.decision, event.notes) == ("r 1", "accepted", "good")
    assert api.call("POST", "/v1/recommendations/r1/decision", {"decision": "maybe"})[0] == 400


def test_a_decision_on_what_nobody_ever_advised_is_refused(api: Api) -> None:
    status, told, _ = api.call("POST", "/v1/recommendations/r2/decision", {"decision": "accepted"})
    assert (status, told) == (404, {"error": "there is no advice 'r2'; GET /v1/recommendations lists it"})
    assert api.recorder.occurrences == []


def test_intents_reach_the_desktop_and_unknown_ones_do_not(api: Api) -> None:
    assert api.call("POST", "/v1/app/overlay")[0] == 200
    assert api.call("POST", "/v1/app/format-disk")[0] == 404
    assert api.intents == ["overlay"]


def test_the_schema_knows_every_event_and_openapi_every_call(api: Api) -> None:
    schema = api.call("GET", "/v1/schema")[1]
    assert len(schema["anyOf"]) == len(schema["$defs"]) == 16
    described = api.call("GET", "/openapi.json")[1]
    assert {"/v1/events", "/v1/live", "/v1/sessions/{id}", "/v1/learning/goals"} <= described["paths"].keys()
    text = json.dumps(described)
    for name in {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]


def test_api_json_is_its_owners_alone_and_says_when_nothing_listens(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        path = tmp_path / "api.json"
        content = json.loads(path.read_text())
        assert (content["port"], content["pid"], len(content["token"])) == (api.server.port, os.getpid(), 64)
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        token = content["token"]
    assert json.loads(path.read_text())["pid"] is None
    with running(tmp_path) as api:
        assert api.token == token
    assert [each.name for each in tmp_path.iterdir()] == ["api.json"]


def test_a_taken_port_is_passed_over_and_said(tmp_path: Path) -> None:
    with running(tmp_path / "one") as first:
        second = Api(tmp_path / "two")
        second.server._wanted_port = first.server.port
        second.server.start()
        try:
            assert second.server.port != first.server.port
            assert "is taken" in second.server.health().message
            assert str(first.server.port) in second.server.health().message
            assert second.call("GET", "/v1/health")[0] == 200
        finally:
            second.server.stop()


def test_a_new_token_ends_the_old_one(api: Api) -> None:
    old = api.token
    assert api.call("POST", "/v1/token")[1] == {"token": api.token}
    assert old != api.token
    assert api.call("GET", "/v1/status", token=old)[0] == 401
    assert api.call("GET", "/v1/status")[0] == 200


def test_it_stops_with_requests_under_way_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    api = Api(tmp_path)
    api.server.start()
    api.recorder.held = []
    outcome: list[Any] = []

    def send() -> None:
        try:
            outcome.append(api.call("POST", "/v1/events", {"type": "kill"})[0])
        except OSError as error:
            outcome.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    wait_until(lambda: api.recorder.held)
    api.server.stop()
    api.server.stop()
    sender.join(5)
    assert outcome
    assert set(threading.enumerate()) <= before
    assert api.server.health().state == "off"
    api.recorder.release()
