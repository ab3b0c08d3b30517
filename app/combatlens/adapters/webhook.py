"""Alerts to a webhook: as JSON, or in the shape that a chat service takes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from combatlens.domain.errors import EnvironmentFault

TIMEOUT_S = 5.0
Alerts = Sequence[Mapping[str, Any]]


MOST = 4_000
"""Characters: every service takes a message of so many, but Discord, which takes MOST_DISCORD."""
MOST_DISCORD = 2_000


def _inert(text: str) -> str:
    """Names come from logs: none is to call everybody, or to look like a link."""
    return "".join(sign + "\u200b" if sign in "@<[" else sign for sign in text)


def text_of(alerts: Alerts, most: int = MOST, write: Callable[[str], str] = _inert) -> str:
    """A line an alert, the gravest first; what would be more than `most` characters is counted in the last one.

    `write`: makes a line fit for the service.
    """
    order = {"high": 0, "medium": 1, "low": 2}
    lines: list[str] = []
    room = most - len("and 999,999 more")
    for alert in sorted(alerts, key=lambda alert: order[alert["severity"]]):
        where = f" ({alert['session_id']})" if alert["session_id"] else ""
        line = write(" ".join(f"CombatLens {alert['severity']}: {alert['message']}{where}".split()))[: most // 2]
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*lines, f"and {len(alerts) - len(lines):,} more"])
        lines.append(line)
    return "\n".join(lines)


def _slack(alerts: Alerts) -> dict[str, Any]:
    return {"text": text_of(alerts, write=str).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _discord(alerts: Alerts) -> dict[str, Any]:
    return {"content": text_of(alerts, MOST_DISCORD), "allowed_mentions": {"parse": []}}


def _teams(alerts: Alerts) -> dict[str, Any]:
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [
        {"type": "TextBlock", "wrap": True, "text": line} for line in text_of(alerts).splitlines()
    ]}  # fmt: skip
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _text(alerts: Alerts) -> dict[str, Any]:
    return {"text": text_of(alerts)}


def _json(alerts: Alerts) -> dict[str, Any]:
    return {"text": text_of(alerts, write=str), "alerts": [dict(alert) for alert in alerts]}


TEMPLATES: dict[str, Callable[[Alerts], dict[str, Any]]] = {
    "slack": _slack, "discord": _discord, "teams": _teams, "mattermost": _text, "googlechat": _text, "telegram": _text,
    "json": _json,
}  # fmt: skip
_HOSTS = {
    "hooks.slack.com": "slack", "discord.com": "discord", "discordapp.com": "discord", "webhook.office.com": "teams",
    "logic.azure.com": "teams", "api.powerplatform.com": "teams", "chat.googleapis.com": "googlechat",
    "api.telegram.org": "telegram",
}  # fmt: skip


def template_for(url: str) -> str:
    """By the address's host; json for one that is not known."""
    host = urlsplit(url).hostname or ""
    return next((kind for known, kind in _HOSTS.items() if host == known or host.endswith("." + known)), "json")


class _Stays(urllib.request.HTTPRedirectHandler):
    """A message that is sent on as a look at another page would be lost without a word."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ensure_address(url: str) -> str:
    """The host of a webhook's address. Raises EnvironmentFault where it is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise EnvironmentFault("the webhook's address is no http or https address", "write it as https://…")
    return host


def post(url: str, alerts: Alerts, template: str = "auto") -> None:
    """Send one message. `template`: auto or one of TEMPLATES. Raises EnvironmentFault without the address's secrets."""
    host = ensure_address(url)
    body = TEMPLATES[template_for(url) if template == "auto" else template](alerts)
    try:
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"Content-Type": "application/json", "User-Agent": "CombatLens"}
        )
        with urllib.request.build_opener(_Stays).open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        error.close()
        remedy = "write the address that it moved to" if error.code < 400 else "check its address, and alerts.template"
        raise EnvironmentFault(f"the webhook at {host} answered {error.code}", remedy) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        reason = getattr(reason, "strerror", None) or reason
        raise EnvironmentFault(f"the webhook at {host} cannot be reached: {reason}", "check the net") from None
    except (HTTPException, ValueError):  # what they say may hold the address
        raise EnvironmentFault(
            f"the webhook at {host} does not speak HTTP, or its address has signs that none may have", "check it"
        ) from None
