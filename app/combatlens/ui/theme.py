"""Light, dark or the system's choice: the palette, the fonts and the dress of windows."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from combatlens.ui.icons import Icons
from combatlens.ui.palette import DARK, LIGHT, Palette
from combatlens.ui.stylesheet import stylesheet

Choice = Literal["system", "light", "dark"]

SPACE = 8
"""The spacing scale is this times 0.5, 1, 1.5, 2, 3, 4."""


class Theme(QObject):
    """The look of the whole program. `changed` fires when the palette changed; dressed widgets follow by themselves."""

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, choice: Choice = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice: Choice = choice
        self.icons = Icons(resources / "icons")
        self._system_font = app.font()
        self.body = max(13, QFontInfo(self._system_font).pixelSize())
        self.colors: Palette = self._effective()
        self._apply()
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    def choose(self, choice: Choice) -> None:
        self._choice = choice
        self._follow_system()

    def font(self, pixels: float, *, bold: bool = False) -> QFont:
        """A font of the interface with figures of equal width, so that running numbers do not dance."""
        font = QFont(self._system_font)
        font.setPixelSize(max(1, round(pixels)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def dress(self, widget: QWidget) -> None:
        """Give a top-level widget the style sheet, now and after each change of the theme."""
        _Dresser(self, widget)

    def icon(self, name: str) -> QIcon:
        return self.icons.icon(name, self.colors.text, self.colors.edge)

    def _effective(self) -> Palette:
        if self._choice == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def _follow_system(self) -> None:
        colors = self._effective()
        if colors is not self.colors:
            self.colors = colors
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        self._app.setStyle("Fusion")
        self._app.setPalette(_qt_palette(self.colors))
        self._app.setFont(self.font(self.body))


class _Dresser(QObject):
    """Keeps a widget's style sheet; goes with the widget."""

    def __init__(self, theme: Theme, widget: QWidget) -> None:
        super().__init__(widget)
        self._theme, self._widget = theme, widget
        theme.changed.connect(self.dress)
        self.dress()

    def dress(self) -> None:
        self._widget.setStyleSheet(stylesheet(self._theme.colors, self._theme.body, self._theme.icons.folder))


def _qt_palette(colors: Palette) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colors.window,
        QPalette.ColorRole.WindowText: colors.text,
        QPalette.ColorRole.Base: colors.surface,
        QPalette.ColorRole.AlternateBase: colors.window,
        QPalette.ColorRole.Text: colors.text,
        QPalette.ColorRole.PlaceholderText: colors.muted,
        QPalette.ColorRole.Button: colors.raised,
        QPalette.ColorRole.ButtonText: colors.text,
        QPalette.ColorRole.ToolTipBase: colors.raised,
        QPalette.ColorRole.ToolTipText: colors.text,
        QPalette.ColorRole.Highlight: colors.selected,
        QPalette.ColorRole.HighlightedText: colors.text,
        QPalette.ColorRole.Link: colors.accent,
        QPalette.ColorRole.Accent: colors.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors.edge))
    return palette
