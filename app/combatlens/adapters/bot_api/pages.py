"""The pages `/` and `/overlay`: shells without data, each in one answer, put together once at the start."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from aiohttp.web import Response

PAGES = {"/": "dashboard.html", "/overlay": "overlay.html"}


class Page:
    """A page with its style and script in it. Its policy lets in exactly these, by their hashes, and nothing else."""

    def __init__(self, name: str) -> None:
        folder = resources.files(__package__) / "web"
        text = (folder / name).read_text(encoding="utf-8")
        for part in ("look.css", "live.js"):
            text = text.replace(f"/*{part}*/", (folder / part).read_text(encoding="utf-8"))
        self._body = text.encode()
        self._headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _policy(text),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Server": "CombatLens",
        }

    def response(self) -> Response:
        return Response(body=self._body, headers=self._headers)


def load_pages() -> dict[str, Page]:
    return {path: Page(name) for path, name in PAGES.items()}


def _policy(text: str) -> str:
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
