"""Key combinations in words: `ctrl+alt+k` -> `Combo`, with errors a user can act on."""

from __future__ import annotations

from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import HotkeyProblem

MODIFIERS = ("ctrl", "alt", "shift", "super")
"""In the order in which a combination is written."""

_ALIASES = {
    "control": "ctrl", "strg": "ctrl", "option": "alt", "win": "super", "windows": "super", "cmd": "super",
    "command": "super", "meta": "super", "return": "enter", "escape": "esc", "del": "delete", "ins": "insert",
    "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "print": "printscreen", "prtscn": "printscreen",
    "scroll": "scrolllock", "break": "pause", ".": "period", ",": "comma", "/": "slash", "-": "minus", "=": "equal",
    ";": "semicolon", "'": "apostrophe", "`": "grave", "[": "bracketleft", "]": "bracketright", "\\": "backslash",
}  # fmt: skip
PUNCTUATION = {
    "period": ".", "comma": ",", "slash": "/", "minus": "-", "equal": "=", "semicolon": ";", "apostrophe": "'",
    "grave": "`", "bracketleft": "[", "bracketright": "]", "backslash": "\\",
}  # fmt: skip
_EDITING = {"space", "tab", "enter", "esc", "backspace", "insert", "delete", "pause", "scrolllock", "printscreen"}
_MOVING = {"home", "end", "pageup", "pagedown", "up", "down", "left", "right"}
_FUNCTION = frozenset(f"f{n}" for n in range(1, 25))
_TYPED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(PUNCTUATION)
_ALONE = _FUNCTION | {"pause", "scrolllock", "printscreen", "insert"}
"""Keys that may stand without ctrl, alt or super: nobody types with them."""

EXAMPLE = "write it like ctrl+alt+k or f9"


class Combo(Struct, frozen=True):
    """One key with its modifiers, both in canonical names. `str()` gives the canonical text."""

    modifiers: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return "+".join((*self.modifiers, self.key))


def parse_combo(text: str) -> Combo:
    """`Ctrl + Alt + K` -> Combo(("ctrl", "alt"), "k"). Raises EnvironmentFault that says what is wrong."""
    names = [_ALIASES.get(part, part) for part in (raw.strip().lower() for raw in text.split("+"))]
    if "" in names:
        raise EnvironmentFault(f"{text!r} has an empty part", EXAMPLE)
    *modifiers, key = names
    for name in modifiers:
        if name not in MODIFIERS:
            raise EnvironmentFault(f"{text!r}: {name!r} is no modifier", f"use {', '.join(MODIFIERS)} before the key")
    if len(set(modifiers)) != len(modifiers):
        raise EnvironmentFault(f"{text!r} names a modifier twice", EXAMPLE)
    if key in MODIFIERS:
        raise EnvironmentFault(f"{text!r} has only modifiers", "end it with a key, such as ctrl+alt+k")
    if key not in _EDITING | _MOVING | _FUNCTION | _TYPED:
        raise EnvironmentFault(f"{text!r}: no key is called {key!r}", EXAMPLE)
    if key not in _ALONE and not set(modifiers) & {"ctrl", "alt", "super"}:
        raise EnvironmentFault(
            f"{text!r} would be taken away from typing and from the game", f"add a modifier, such as ctrl+alt+{key}"
        )
    return Combo(tuple(name for name in MODIFIERS if name in modifiers), key)


def way_out(intent: str) -> str:
    """What to do when a key cannot be had: any desktop can bind a command to a key."""
    command = f"combatlens ctl {intent}"
    return f"choose another key in the settings, or bind `{command}` to a key in your desktop's keyboard settings"


def plan(keys: dict[str, str]) -> tuple[dict[str, Combo], tuple[HotkeyProblem, ...]]:
    """Intent -> text becomes intent -> combo. An empty text leaves the intent without a key.

    What cannot be read and what two intents ask for is a problem; the first of two keeps the key.
    """
    combos: dict[str, Combo] = {}
    owner: dict[Combo, str] = {}
    problems: list[HotkeyProblem] = []
    for intent, text in keys.items():
        if not text.strip():
            continue
        try:
            combo = parse_combo(text)
        except EnvironmentFault as fault:
            problems.append(HotkeyProblem(intent, text, fault.what, fault.remedy))
            continue
        if combo in owner:
            what = f"{combo} is already the key for {owner[combo]!r}"
            problems.append(HotkeyProblem(intent, text, what, f"give {intent!r} another key in the settings"))
            continue
        owner[combo] = intent
        combos[intent] = combo
    return combos, tuple(problems)
