"""The calls of the API, one method each, and the table that routing and `/openapi.json` are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from typing import Annotated, Literal, NamedTuple, TypeVar, get_args

import msgspec
from aiohttp.web import BaseRequest, Response
from msgspec import Meta, Struct

from combatlens.adapters.bot_api import schema
from combatlens.adapters.bot_api.backend import Advisor, Backend, Care, Importing, PruneRequest
from combatlens.adapters.bot_api.intake import Intake, read_body
from combatlens.adapters.bot_api.wire import Refusal, reply, status_object
from combatlens.domain.door import decode_batch, decode_lines, parse_time
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.events import Decision, Label, Name, Prose
from combatlens.domain.present import detail_json, row_json, session_json
from combatlens.ports import Receipt, SessionQuery, SortKey
from combatlens.services.corrections import Correction
from combatlens.services.editor import Editor

T = TypeVar("T")
Handler = Callable[[BaseRequest, str], Awaitable[Response]]
PAGE_SIZE = 50
INTENTS = ("show", "overlay", "lock", "history", "setup", "diagnostics", "quit")


class Call(NamedTuple):
    method: str
    path: str
    summary: str
    handler: Handler
    free: bool = False
    """No token is asked."""


class StartRequest(Struct, frozen=True, forbid_unknown_fields=True):
    session_id: Name | None = None
    mode: Label | None = None
    build: Label | None = None
    zone: Label | None = None
    character: Label = ""


class ControlRequest(Struct, frozen=True, forbid_unknown_fields=True):
    character: Label = ""


class DecisionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    decision: Literal["accepted", "modified", "rejected"]
    notes: Prose | None = None
    character: Name | None = None


class ImportRequest(Struct, frozen=True, forbid_unknown_fields=True):
    files: tuple[Prose, ...]
    profile: Name | None = None
    player: Label = ""


class MergeRequest(Struct, frozen=True, forbid_unknown_fields=True, rename={"others": "with"}):
    others: tuple[Name, ...]


class SplitRequest(Struct, frozen=True, forbid_unknown_fields=True):
    at: str | float


class Calls:
    """What each call does. `reader` runs the blocking reads, one at a time, off the loop."""

    def __init__(self, backend: Backend, intake: Intake, reader: Executor, renew_token: Callable[[], str]) -> None:
        self._backend = backend
        self._intake = intake
        self._reader = reader
        self._renew_token = renew_token

    def table(self) -> tuple[Call, ...]:
        return (
            Call("GET", "/v1/health", "Name, version and protocol", self.health, free=True),
            Call("POST", "/v1/events", "Take in an event, an array of events, or NDJSON", self.events),
            Call("GET", "/v1/status", "The live status, ?character=", self.status),
            Call("POST", "/v1/sessions", "Start a session", self.start_session),
            Call("POST", "/v1/sessions/current/pause", "Pause the session", self.pause),
            Call("POST", "/v1/sessions/current/resume", "Resume the session", self.resume),
            Call("POST", "/v1/sessions/current/end", "End the session; answers with its summary", self.end),
            Call("GET", "/v1/sessions", "Past sessions, paged: ?limit= &offset= &text= &sort= …", self.sessions),
            Call("GET", "/v1/sessions/{id}", "One session in full", self.session),
            Call("POST", "/v1/sessions/{id}/edit", "Correct a session; answers with its summary", self.edit),
            Call("POST", "/v1/sessions/{id}/delete", "Delete a session", self.delete),
            Call("POST", "/v1/sessions/{id}/merge", "Merge it with the sessions of {with: [id]}", self.merge),
            Call("POST", "/v1/sessions/{id}/split", "Split it at the moment {at}", self.split),
            Call("POST", "/v1/store/prune", "Take away the events of old sessions", self.prune),
            Call("POST", "/v1/store/optimize", "Compact the store", self.optimize),
            Call("GET", "/v1/insights", "What was learned", self.insights),
            Call("GET", "/v1/insights/skills/{skill}", "What was learned about one skill", self.skill),
            Call("GET", "/v1/recommendations", "Advice, ?character=", self.recommendations),
            Call("POST", "/v1/recommendations/{id}/decision", "What became of a piece of advice", self.decide),
            Call("GET", "/v1/learning/metrics", "Learning progress in numbers", self.metrics),
            Call("GET", "/v1/learning/report", "Learning progress in words", self.report),
            Call("GET", "/v1/learning/goals", "The goals and how far they are", self.goals),
            Call(
                "POST", "/v1/import", "Take in the logs of {files: [path]}, with profile and player", self.start_import
            ),
            Call("GET", "/v1/import", "How far the import is, and at its end what came of it", self.import_state),
            Call("POST", "/v1/import/cancel", "End the import; what is committed stays", self.cancel_import),
            Call("GET", "/v1/schema", "JSON Schema of the events", self.schema),
            Call("GET", "/openapi.json", "This interface as OpenAPI", self.openapi),
            Call("POST", "/v1/token", "Replace both tokens; answers with the new one", self.token),
            Call("POST", "/v1/app/{intent}", f"What only the desktop does: {', '.join(INTENTS)}", self.intent),
        )

    async def health(self, _request: BaseRequest, _: str) -> Response:
        return reply({"name": "CombatLens", "version": self._backend.version, "protocol": 1, "status": "ok"})

    async def events(self, request: BaseRequest, _: str) -> Response:
        body = await read_body(request)
        decode = decode_lines if request.content_type == "application/x-ndjson" else decode_batch
        return reply(await self._intake.take(decode(body)))

    async def status(self, request: BaseRequest, _: str) -> Response:
        return reply(status_object(self._backend.live.status(), request.query.get("character", "")))

    async def start_session(self, request: BaseRequest, _: str) -> Response:
        ask = await _body_as(request, StartRequest)
        control = self._backend.control
        started = control.start(
            session_id=ask.session_id, mode=ask.mode, build=ask.build, zone=ask.zone, character=ask.character
        )
        receipt = await self._controlled(started)
        return reply({"session_id": receipt.session_id}, 201)

    async def pause(self, request: BaseRequest, _: str) -> Response:
        return await self._turned(request, self._backend.control.pause)

    async def resume(self, request: BaseRequest, _: str) -> Response:
        return await self._turned(request, self._backend.control.resume)

    async def end(self, request: BaseRequest, _: str) -> Response:
        receipt = await self._controlled(self._backend.control.end(character=await _character(request)))
        history, session_id = self._backend.history, receipt.session_id
        if session_id is None:
            raise Refusal(409, "no session is open; start one with POST /v1/sessions")
        return reply(await self._read(lambda: session_json(history.summary(session_id))))

    async def sessions(self, request: BaseRequest, _: str) -> Response:
        query = _session_query(request)
        page = await self._read(lambda: self._backend.history.sessions(query))
        return reply(
            {
                "sessions": [row_json(row) for row in page.rows],
                "total": page.total,
                "limit": query.limit,
                "offset": query.offset,
            }
        )

    async def session(self, _request: BaseRequest, session_id: str) -> Response:
        return reply(await self._read(lambda: detail_json(self._backend.history.detail(session_id))))

    async def edit(self, request: BaseRequest, session_id: str) -> Response:
        asked, editor = await _body_as(request, Correction), self._editor()
        return await self._revised(lambda: editor.edit(session_id, asked))

    async def delete(self, _request: BaseRequest, session_id: str) -> Response:
        editor = self._editor()
        await self._read(lambda: editor.delete([session_id]))
        return reply({"deleted": session_id})

    async def merge(self, request: BaseRequest, session_id: str) -> Response:
        asked, editor = await _body_as(request, MergeRequest), self._editor()
        return await self._revised(lambda: editor.merge([session_id, *asked.others]))

    async def split(self, request: BaseRequest, session_id: str) -> Response:
        asked, editor = await _body_as(request, SplitRequest), self._editor()
        return await self._revised(lambda: editor.split(session_id, parse_time(asked.at)))

    async def _revised(self, revise: Callable[[], str]) -> Response:
        history = self._backend.history
        return reply(await self._read(lambda: session_json(history.summary(revise()))))

    async def prune(self, request: BaseRequest, _: str) -> Response:
        asked, care = await _body_as(request, PruneRequest), self._care()
        return reply(await self._read(lambda: care.prune(asked)))

    async def optimize(self, _request: BaseRequest, _: str) -> Response:
        return reply(await self._read(self._care().optimize))

    def _care(self) -> Care:
        if self._backend.care is None:
            raise EnvironmentFault("this instance does not look after its store", "start the whole application")
        return self._backend.care

    def _editor(self) -> Editor:
        if self._backend.editor is None:
            raise EnvironmentFault("this instance takes no corrections", "start the whole application")
        return self._backend.editor

    async def insights(self, _request: BaseRequest, _: str) -> Response:
        return reply(await self._read(self._backend.history.insights))

    async def skill(self, _request: BaseRequest, skill: str) -> Response:
        known = (await self._read(self._backend.history.insights)).get("skill_performance", {})
        if skill not in known:
            raise NotFound(f"nothing is known of the skill {skill!r}", "GET /v1/insights lists those that are")
        return reply(known[skill])

    async def recommendations(self, request: BaseRequest, _: str) -> Response:
        advisor, character = self._backend.advisor, request.query.get("character", "")
        if advisor is None:  # those that stand in the insights
            found = (await self._read(self._backend.history.insights)).get("recommendations", [])
        else:
            found = await self._read(lambda: advisor.recommendations(character))
        return reply({"recommendations": found})

    async def decide(self, request: BaseRequest, recommendation: str) -> Response:
        ask = await _body_as(request, DecisionRequest)
        if not await self._read(lambda: self._backend.history.was_advised(recommendation)):
            raise NotFound(f"there is no advice {recommendation!r}", "GET /v1/recommendations lists it")
        event = Decision(
            recommendation_id=recommendation, decision=ask.decision, notes=ask.notes, character=ask.character
        )
        told = await self._intake.take([event])
        if self._backend.advisor is not None:
            self._backend.advisor.decided()
        return reply(told)

    async def metrics(self, _request: BaseRequest, _: str) -> Response:
        return reply(await self._read(self._advisor().metrics))

    async def report(self, _request: BaseRequest, _: str) -> Response:
        return reply(await self._read(self._advisor().report))

    async def goals(self, _request: BaseRequest, _: str) -> Response:
        return reply({"goals": await self._read(self._advisor().goals)})

    async def start_import(self, request: BaseRequest, _: str) -> Response:
        ask = await _body_as(request, ImportRequest)
        self._importing().start(ask.files, ask.profile, ask.player)
        return reply(self._importing().state(), 202)

    async def import_state(self, _request: BaseRequest, _: str) -> Response:
        return reply(self._importing().state())

    async def cancel_import(self, _request: BaseRequest, _: str) -> Response:
        self._importing().cancel()
        return reply(self._importing().state())

    def _importing(self) -> Importing:
        if self._backend.importing is None:
            raise EnvironmentFault("this instance takes in no logs", "start the whole application")
        return self._backend.importing

    async def schema(self, _request: BaseRequest, _: str) -> Response:
        return reply(schema.events())

    async def openapi(self, _request: BaseRequest, _: str) -> Response:
        return reply(schema.openapi(self.table(), self._backend.version))

    async def token(self, _request: BaseRequest, _: str) -> Response:
        return reply({"token": self._renew_token()})

    async def intent(self, _request: BaseRequest, intent: str) -> Response:
        if intent not in INTENTS:
            raise NotFound(f"no intent {intent!r}", f"known: {', '.join(INTENTS)}")
        if self._backend.on_intent is None:
            raise Refusal(409, "this instance runs without a desktop; start it without --headless")
        self._backend.on_intent(intent)
        return reply({"done": intent})

    def _advisor(self) -> Advisor:
        if self._backend.advisor is None:
            raise EnvironmentFault("learning is switched off in this instance", "start the whole application")
        return self._backend.advisor

    async def _turned(self, request: BaseRequest, turn: Callable[..., Future[Receipt]]) -> Response:
        receipt = await self._controlled(turn(character=await _character(request)))
        return reply({"session_id": receipt.session_id})

    async def _controlled(self, future: Future[Receipt]) -> Receipt:
        receipt = await self._intake.committed(future)
        if receipt.rejected:
            raise Refusal(409, receipt.rejected[0].error)
        return receipt

    async def _read(self, read: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, read)


async def _body_as(request: BaseRequest, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await read_body(request) or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, f"the body does not fit: {error}; see GET /openapi.json") from None


async def _character(request: BaseRequest) -> str:
    return request.query.get("character") or (await _body_as(request, ControlRequest)).character


class _Paging(Struct, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=1000)] = PAGE_SIZE
    offset: Annotated[int, Meta(ge=0)] = 0
    sort: SortKey = "start_time"
    order: Literal["asc", "desc"] = "desc"
    text: str = ""
    character: str = ""
    build: str = ""
    since: str | None = None
    until: str | None = None


def _session_query(request: BaseRequest) -> SessionQuery:
    unknown = set(request.query) - set(_Paging.__struct_fields__)
    if unknown:
        raise Refusal(400, f"unknown parameter {min(unknown)!r}; known: {', '.join(_Paging.__struct_fields__)}")
    try:
        asked = msgspec.convert(dict(request.query), _Paging, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(400, f"the query does not fit: {error}; sort by one of {', '.join(get_args(SortKey))}") from None
    return SessionQuery(
        text=asked.text,
        character=asked.character,
        build=asked.build,
        since=_moment(asked.since),
        until=_moment(asked.until),
        sort=asked.sort,
        descending=asked.order == "desc",
        limit=asked.limit,
        offset=asked.offset,
    )


def _moment(value: str | None) -> float | None:
    """Unix seconds or ISO 8601, as it stands in a query."""
    if value is None:
        return None
    try:
        return parse_time(float(value))
    except ValueError:
        return parse_time(value.replace(" ", "+"))
