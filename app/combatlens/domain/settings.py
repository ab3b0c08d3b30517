"""The user's settings: `<home>/settings.toml`. Every key has a default; an unknown key is refused by name."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from combatlens.domain.errors import EnvironmentFault

DEFAULT_HOTKEYS: dict[str, str] = {
    "start": "ctrl+alt+s",
    "pause": "ctrl+alt+p",
    "end": "ctrl+alt+e",
    "mark": "ctrl+alt+m",
    "kill": "ctrl+alt+k",
    "death": "ctrl+alt+d",
    "overlay": "ctrl+alt+o",
    "lock": "ctrl+alt+l",
}
"""Intent -> key. `pause` also resumes, `overlay` shows or hides, `lock` locks or unlocks the overlay."""


class OverlaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`x`, `y`: logical pixels from the top left of the screen named `screen`; null = not yet placed."""

    visible: bool = True
    locked: bool = True
    opacity: Annotated[float, Meta(ge=0.2, le=1)] = 0.85
    scale: Annotated[float, Meta(ge=0.5, le=3)] = 1.0
    x: int | None = None
    y: int | None = None
    width: int | None = None
    height: int | None = None
    screen: str = ""
    skills: Annotated[int, Meta(ge=0, le=12)] = 5
    chart: bool = True
    compact: bool = False


class AlertSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages to a `webhook`; "" sends none. After one, `quiet_minutes` pass until the next; between `quiet_from` and
    `quiet_until` (HH:MM, the clock here) none goes out. What comes in a quiet time goes out together after it."""

    webhook: str = ""
    template: Literal["auto", "slack", "discord", "teams", "mattermost", "googlechat", "telegram", "json"] = "auto"
    severity: Literal["low", "medium", "high"] = "medium"
    quiet_minutes: Annotated[float, Meta(ge=0)] = 15.0
    quiet_from: Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    quiet_until: Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    profile: str = "default"
    theme: Literal["system", "light", "dark"] = "system"
    language: str = ""
    hotkeys_enabled: bool = True
    hotkeys: dict[str, str] = msgspec.field(default_factory=lambda: dict(DEFAULT_HOTKEYS))
    overlay: OverlaySettings = OverlaySettings()
    api_enabled: bool = True
    api_port: Annotated[int, Meta(ge=1, le=65535)] = 47800
    synchronous: Literal["normal", "full"] = "normal"
    alerts: AlertSettings = AlertSettings()
    log_sessions_kept: Annotated[int, Meta(ge=1)] = 500


def decode_settings(text: str, origin: str) -> Settings:
    """Read settings from TOML `text`; `origin` names the file in errors. Raises EnvironmentFault."""
    try:
        return msgspec.toml.decode(text.encode(), type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        raise EnvironmentFault(f"{origin} cannot be used: {error}", "mend that line, or delete the file") from error
