"""The events as JSON Schema and the calls as OpenAPI, made from the code that serves them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from combatlens.domain.events import AnyEvent

if TYPE_CHECKING:
    from combatlens.adapters.bot_api.calls import Call


def events() -> dict[str, Any]:
    """JSON Schema (2020-12) of one event."""
    (event,), components = msgspec.json.schema_components([AnyEvent], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CombatLens event",
        **event,
        "$defs": components,
    }


def openapi(calls: Iterable[Call], version: str) -> dict[str, Any]:
    """OpenAPI 3.1 of the whole interface."""
    (event,), components = msgspec.json.schema_components([AnyEvent], ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    paths["/v1/events"]["post"]["requestBody"] = _event_body()
    paths["/v1/live"] = {"get": _live_operation()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "CombatLens", "version": version, "summary": "Events in, live statistics out; loopback only"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**components, "Event": event, "Error": _ERROR, "Receipt": _RECEIPT},
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": call.summary,
        "operationId": call.handler.__name__,
        "responses": {
            "default": {"description": "What went wrong and what to do", "content": _json("Error")},
            "201" if call.path == "/v1/sessions" and call.method == "POST" else "200": {
                "description": "Done",
                **({"content": _json("Receipt")} if call.path == "/v1/events" else {}),
            },
        },
    }
    if names := re.findall(r"{(\w+)}", call.path):
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if call.free:
        operation["security"] = []
    return operation


def _event_body() -> dict[str, Any]:
    event = {"$ref": "#/components/schemas/Event"}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [event, {"type": "array", "items": event}]}},
            "application/x-ndjson": {"schema": event},
        },
    }


def _live_operation() -> dict[str, Any]:
    return {
        "summary": "WebSocket: pushes snapshots and alerts, takes events",
        "operationId": "live",
        "responses": {"101": {"description": "Switching to WebSocket"}},
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_RECEIPT = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "session_id"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "error"],
                "properties": {"index": {"type": "integer"}, "error": {"type": "string"}},
            },
        },
        "session_id": {"type": ["string", "null"]},
    },
}
