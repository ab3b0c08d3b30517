"""A game profile: how one game shows XP, where its log lies and how its counters behave. TOML on disk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from combatlens.domain.errors import EnvironmentFault

Positive = Annotated[float, Meta(gt=0)]


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle in physical pixels: of the window's client area where a window is named, else of the screen."""

    x: int
    y: int
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]


class ScreenRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to read on the screen. `counter`: the number restarts each level, or counts all XP ever.

    `window_class` names the program where `window_title` changes: on X11 the class of WM_CLASS, on Windows its own.
    """

    enabled: bool = True
    window_title: str = ""
    window_class: str = ""
    region: Region | None = None
    bar: Region | None = None
    reference_size: tuple[int, int] | None = None
    counter: Literal["per_level", "total"] = "per_level"
    patterns: tuple[str, ...] = ()
    frames_per_second: Annotated[float, Meta(gt=0, le=60)] = 10.0
    decimal: Literal[".", ",", "auto"] = "auto"
    scale: Annotated[float, Meta(ge=0, le=8)] = 0.0
    invert: Literal["auto", "yes", "no"] = "auto"


class LogRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which combat log to tail. `paths` may hold `~`, environment variables and wildcards."""

    enabled: bool = True
    paths: tuple[str, ...] = ()
    dialect: str = "auto"
    player: str = ""
    encoding: str = "auto"
    timezone: str = ""
    rules: tuple[dict[str, Any], ...] = ()


class SessionRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gaps in minutes and seconds, as METRICS defines them."""

    gap_minutes: Positive = 30.0
    idle_minutes: Positive = 5.0
    encounter_gap_s: Positive = 10.0


class GameProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    title: str = ""
    character: str = "player"
    screen: ScreenRules = ScreenRules(enabled=False)
    log: LogRules = LogRules(enabled=False)
    session: SessionRules = SessionRules()
    analysis: dict[str, Any] = {}


def decode_profile(text: str, origin: str) -> GameProfile:
    """Read a profile from TOML `text`; `origin` names the file in errors. Raises EnvironmentFault."""
    try:
        return msgspec.toml.decode(text.encode(), type=GameProfile)
    except (msgspec.MsgspecError, ValueError) as error:
        raise EnvironmentFault(f"the profile {origin} cannot be used: {error}", "mend that line of the file") from error
