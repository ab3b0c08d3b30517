"""The windows around the screen reader: the set-up assistant and the diagnostics, over the running application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from combatlens.bootstrap.core import Core
from combatlens.bootstrap.screen import screen_source
from combatlens.domain.profile import decode_profile
from combatlens.domain.snapshot import Health
from combatlens.services.files import write_whole

if TYPE_CHECKING:
    from combatlens.adapters.ocr.reading import Reading
    from combatlens.bootstrap.assistant_screen import AssistantScreen
    from combatlens.ui.app import DesktopApp
    from combatlens.ui.assistant import AssistantWindow
    from combatlens.ui.assistant_words import Choice
    from combatlens.ui.background import Worker
    from combatlens.ui.diagnostics import DiagnosticsWindow, Inside
    from combatlens.ui.windows import Extra


class ScreenWindows:
    """Builds the two windows when they are asked for. `desktop` is set once there is one."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.desktop: DesktopApp | None = None
        self._worker: Worker | None = None
        self._screen: AssistantScreen | None = None

    def extras(self) -> tuple[Extra, ...]:
        from combatlens.ui.windows import Extra

        return (
            Extra("setup", "&Choose where the XP stands …", "target", self._assistant),  # the menu by keys: c
            Extra("diagnostics", "Screen reader: diagnostics", "search", self._diagnostics),
        )

    def _assistant(self, theme: Any) -> AssistantWindow:
        """With a worker of its own: finding text takes seconds, and the other windows must not wait for it."""
        from combatlens.bootstrap.assistant_screen import AssistantScreen
        from combatlens.ui.assistant import AssistantWindow
        from combatlens.ui.background import Worker

        assert self.desktop is not None
        worker, screen = Worker(name="assistant"), AssistantScreen(self._core.profile.screen, self._core.clock)
        self._worker, self._screen = worker, screen
        window = AssistantWindow(theme, worker, screen, self.save, self.desktop.overlay)
        window.closed.connect(lambda: worker.run(screen.close, lambda _: None, lambda _: None))
        return window

    def stop(self) -> None:
        """End the assistant's worker and its teachers. Safe to call twice."""
        if self._worker is not None:
            self._worker.stop()
        if self._screen is not None:
            self._screen.close()

    def _diagnostics(self, theme: Any) -> DiagnosticsWindow:
        from combatlens.ui.diagnostics import DiagnosticsWindow

        assert self.desktop is not None
        return DiagnosticsWindow(theme, self.desktop.worker, self._inside)

    def save(self, choice: Choice) -> None:
        """Keep the choice in the user's own copy of the profile, and watch there from now on. On the worker thread."""
        import tomlkit

        core = self._core
        path = core.home.profiles / f"{core.profile.name}.toml"
        shipped = core.profiles.paths().get(core.profile.name)
        text = shipped.read_text(encoding="utf-8") if shipped else f'name = "{core.profile.name}"\n'
        document = tomlkit.parse(text)
        screen: Any = document.setdefault("screen", tomlkit.table())
        screen["enabled"] = True
        screen["window_title"] = choice.window_title
        if choice.window_class:
            screen["window_class"] = choice.window_class
        else:
            screen.pop("window_class", None)
        places = {"region": choice.region, "bar": choice.bar}
        if choice.kind == "bar":
            places = {"region": None, "bar": choice.region}
        for name, place in places.items():
            screen.pop(name, None)
            if place is not None:
                table = tomlkit.inline_table()
                table.update({side: getattr(place, side) for side in ("x", "y", "width", "height")})
                screen[name] = table
        screen["scale"] = choice.enlarged
        if choice.reference_size:
            screen["reference_size"] = list(choice.reference_size)
        else:
            screen.pop("reference_size", None)
        made = tomlkit.dumps(document)
        core.profile = decode_profile(made, str(path))
        write_whole(path, made.encode())
        source = screen_source(
            core.profile, core.home, core.clock, lambda place: core.overlay_covers(place), core.intake
        )
        if core.supervisor is not None and source is not None:
            core.supervisor.replace(source)

    def _inside(self) -> Inside:
        from combatlens.adapters.screen.source import ScreenSource
        from combatlens.ui.diagnostics import Glyph, Inside
        from combatlens.ui.diagnostics_report import Row

        supervisor = self._core.supervisor
        source = supervisor.source("screen") if supervisor is not None else None
        if not isinstance(source, ScreenSource):
            off = Health(
                "screen", "off", "the profile reads no screen", "choose where the XP stands, in the tray's menu"
            )
            return Inside(off)
        rows = [
            Row(
                seen.at, seen.image, seen.verdict.reading.text, seen.verdict.state, seen.verdict.reason,
                _step(seen.verdict.reading), _looks(seen.verdict.reading),
            )
            for seen in source.recent()
        ]  # fmt: skip
        glyphs = [Glyph(*one) for one in source.glyph_pictures]
        return Inside(source.health(), tuple(glyphs), tuple(rows))


def _step(reading: Reading) -> str:
    """Which of the three steps answered. The first, the comparison with the picture before, leaves no picture here."""
    if reading.reader in ("glyphs", "bar"):
        return reading.reader
    readers = dict.fromkeys(look.reader for look in reading.looks)
    return " + ".join(_TEACHERS.get(reader, reader) for reader in readers) or "none"


def _looks(reading: Reading) -> tuple[str, ...]:
    """Every single look in words, and what it came to."""
    return tuple(
        f"{_TEACHERS.get(look.reader, look.reader)} at {look.view}: {look.text!r}, {100 * look.confidence:.0f} % sure"
        + (f" ({look.found.reason})" if look.found.reason else "")
        for look in reading.looks
    )


_TEACHERS = {
    "tesserocr": "Tesseract",
    "pytesseract": "Tesseract (program)",
    "rapidocr": "RapidOCR",
    "combatlens": "CombatLens' own",
}
