"""Alerts to a webhook: as JSON, or in the shape that a chat service takes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from combatlens.domain.errors import EnvironmentFault

TIMEOUT_S = 5.0
Alerts = Sequence[Mapping[str, Any]]


def text_of(alerts: Alerts) -> str:
    """A line an alert, the gravest first."""
    order = {"high": 0, "medium": 1, "low": 2}
    ranked = sorted(alerts, key=lambda alert: order[alert["severity"]])
    lines = []
    for alert in ranked:
        where = f" ({alert['session_id']})" if alert["session_id"] else ""
        lines.append(" ".join(f"CombatLens {alert['severity']}: {alert['message']}{where}".split()))
    return "\n".join(lines)


def _slack(alerts: Alerts) -> dict[str, Any]:
    return {"text": text_of(alerts).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _discord(alerts: Alerts) -> dict[str, Any]:
    return {"content": text_of(alerts)[:2000], "allowed_mentions": {"parse": []}}


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
    return {"text": text_of(alerts), "alerts": [dict(alert) for alert in alerts]}


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


def post(url: str, alerts: Alerts, template: str = "auto") -> None:
    """Send one message. `template`: auto or one of TEMPLATES. Raises EnvironmentFault without the address's secrets."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnvironmentFault("the webhook's address is no http or https address", "write it as https://…")
    body = TEMPLATES[template_for(url) if template == "auto" else template](alerts)
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "User-Agent": "CombatLens"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise EnvironmentFault(
            f"the webhook at {parts.hostname} answered {error.code}", "check its address, and alerts.template"
        ) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise EnvironmentFault(
            f"the webhook at {parts.hostname} cannot be reached: {reason}", "check the net"
        ) from None
