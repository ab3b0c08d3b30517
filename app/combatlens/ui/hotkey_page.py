"""The hotkeys page: a key field an intent, and under it in words why a key cannot be had."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from combatlens.domain.settings import DEFAULT_HOTKEYS, Settings
from combatlens.ports import HotkeyProblem
from combatlens.ui.key_field import KeyField
from combatlens.ui.live_view import INTENT_WORDS
from combatlens.ui.parts import button, label, sentences
from combatlens.ui.theme import SPACE, Theme

HINT = "Click a field and press the keys. Backspace takes a key away, Escape keeps the old one."


class HotkeyPage(QWidget):
    """`changed` carries the fields of Settings that changed."""

    changed = Signal(dict)
    capturing = Signal(int)

    def __init__(self, settings: Settings, theme: Theme) -> None:
        super().__init__()
        self._problems: tuple[HotkeyProblem, ...] = ()
        self._following = False
        self.enabled = QCheckBox("Listen to these keys everywhere, in the game too")
        self.enabled.toggled.connect(self._toggled)
        self.fields: dict[str, KeyField] = {}
        self.words = {intent: label("", "warn", wrap=True) for intent in DEFAULT_HOTKEYS}
        self.general = label("", "warn", wrap=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE * 3)
        grid.setVerticalSpacing(SPACE)
        for index, intent in enumerate(DEFAULT_HOTKEYS):
            field = KeyField(settings.hotkeys.get(intent, ""))
            field.setAccessibleName(INTENT_WORDS[intent])
            field.setMaximumWidth(theme.body * 17)
            field.chosen.connect(lambda keys, name=intent: self._chosen(name, keys))
            field.capturing.connect(self.capturing)
            self.fields[intent] = field
            grid.addWidget(label(INTENT_WORDS[intent]), index * 2, 0)
            grid.addWidget(field, index * 2, 1)
            grid.addWidget(self.words[intent], index * 2 + 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        reset = QHBoxLayout()
        reset.addWidget(button("Use the usual keys", self._reset))
        reset.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE * 2, 0, SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(self.enabled)
        column.addWidget(label(HINT, "caption", wrap=True))
        column.addWidget(self.general)
        column.addLayout(grid)
        column.addLayout(reset)
        column.addStretch()
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        self._following = True
        self.enabled.setChecked(settings.hotkeys_enabled)
        for intent, field in self.fields.items():
            field.set_keys(settings.hotkeys.get(intent, ""))
        self._following = False
        self._explain()

    def show_problems(self, problems: tuple[HotkeyProblem, ...]) -> None:
        self._problems = problems
        self._explain()

    def keys(self) -> dict[str, str]:
        return {intent: field.keys for intent, field in self.fields.items() if field.keys}

    def _toggled(self, on: bool) -> None:
        if not self._following:
            self.changed.emit({"hotkeys_enabled": on})
            self._explain()

    def _chosen(self, _intent: str, _keys: str) -> None:
        self._problems = ()
        self._explain()
        self.changed.emit({"hotkeys": self.keys()})

    def _reset(self) -> None:
        for intent, field in self.fields.items():
            field.set_keys(DEFAULT_HOTKEYS[intent])
        self._chosen("", "")

    def _explain(self) -> None:
        on = self.enabled.isChecked()
        said = conflicts(self.keys()) if on else {}
        if on:
            for problem in self._problems:
                if problem.intent in self.fields and self.fields[problem.intent].keys == problem.key:
                    said.setdefault(problem.intent, sentences(problem.what, problem.remedy))
        others = [problem for problem in self._problems if on and problem.intent not in self.fields]
        self.general.setText("\n".join(sentences(problem.what, problem.remedy) for problem in others))
        self.general.setVisible(bool(others))
        for intent, field in self.fields.items():
            field.setEnabled(on)
            field.set_wrong(intent in said)
            self.words[intent].setText(said.get(intent, ""))
            self.words[intent].setVisible(intent in said)


def conflicts(keys: dict[str, str]) -> dict[str, str]:
    """What is wrong with a set of keys by itself: intent -> words. The first holder of a key is not at fault."""
    said: dict[str, str] = {}
    holders: dict[str, str] = {}
    for intent, key in keys.items():
        if key in holders:
            said[intent] = f"{key} is already “{INTENT_WORDS[holders[key]]}”. Choose another key for one of them."
            continue
        holders[key] = intent
        if "+" not in key and not key.startswith("f"):
            said[intent] = f"{key} alone would be taken away from every program. Add Ctrl, Alt or Shift."
    return said
