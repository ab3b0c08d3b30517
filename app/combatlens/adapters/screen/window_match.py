"""Which of the windows on the desktop is the game's, though its title changes ("Isles - 60 FPS", "Isles - Harbour").

The window class names the program, which stays; the title's lasting part tells apart what one program shows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from combatlens.adapters.screen.windows import GameWindow

_SHARED = {"unitywndclass", "unrealwindow", "sdl_app", "glfw30", "java", "sunawtframe", "chrome_widgetwin_1", "wine"}
"""Classes of engines and toolkits: many programs have them, so the class alone says nothing."""
_PARTS = re.compile(r"\s[-–—|•]\s|[:\[(|]|\s{2,}")
LEAST_NAME = 3


def lasting(title: str) -> str:
    """The part of a title that stays while the rest counts frames or names places; empty where none is left.

    Games put their own name first, but for a count ("60 FPS | Isles").
    """
    for part in _PARTS.split(title):
        if part.strip()[:1].isdigit():
            continue
        words = [word for word in part.split() if not any(sign.isdigit() for sign in word)]
        name = " ".join(words).strip(" -–—|•:,.")
        if sum(map(str.isalpha, name)) >= LEAST_NAME:
            return name
    return ""


def best_window(
    windows: Sequence[GameWindow], title: str, kind: str = "", handle: int = 0, others: Collection[int] = ()
) -> GameWindow | None:
    """The game's window, or None. `windows`: the foremost first; `title`, `kind`: as they were when it was chosen.

    `handle`: the window that was followed until now; it stays the game's whatever it calls itself. `others`: windows
    that stood beside the right one, so they are other games (or characters) of the same program.
    """
    same = [one for one in windows if one.kind.casefold() == kind.casefold()] if kind else list(windows)
    if followed := next((one for one in same if handle and one.handle == handle), None):
        return followed
    wanted = title.casefold()
    if exact := next((one for one in same if wanted in one.title.casefold()), None):
        return exact
    strange = [one for one in same if one.handle not in others and "combatlens" not in one.title.casefold()]
    name = lasting(title).casefold()
    if named := next((one for one in strange if name and _says(one.title.casefold(), name)), None):
        return named
    own_class = kind and kind.casefold() not in _SHARED
    return strange[0] if own_class and len(strange) == 1 else None


def _says(title: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title) is not None
