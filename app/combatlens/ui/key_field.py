"""A field that takes a key combination as it is pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from combatlens.ui.parts import set_role

_NAMED = {
    Qt.Key.Key_Space: "space",
    Qt.Key.Key_Insert: "insert",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
    Qt.Key.Key_PageUp: "page up",
    Qt.Key.Key_PageDown: "page down",
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Pause: "pause",
    Qt.Key.Key_Print: "print screen",
    Qt.Key.Key_ScrollLock: "scroll lock",
}
_MODIFIERS = (
    (Qt.KeyboardModifier.ControlModifier, "ctrl"),
    (Qt.KeyboardModifier.AltModifier, "alt"),
    (Qt.KeyboardModifier.ShiftModifier, "shift"),
    (Qt.KeyboardModifier.MetaModifier, "windows"),
)
_MODIFIER_KEYS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Meta,
    Qt.Key.Key_Super_L,
    Qt.Key.Key_Super_R,
)


def combination(key: int, modifiers: Qt.KeyboardModifier) -> str:
    """`ctrl+alt+k`, or "" for keys that cannot be bound."""
    if Qt.Key.Key_F1 <= key <= Qt.Key.Key_F24:
        name = f"f{key - Qt.Key.Key_F1 + 1}"
    elif Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
        name = chr(key).lower()
    else:
        name = _NAMED.get(Qt.Key(key), "") if key in _NAMED else ""
    held = [word for flag, word in _MODIFIERS if modifiers & flag]
    return "+".join([*held, name]) if name else ""


class KeyField(QLineEdit):
    """Click or Enter, then press the keys. Escape keeps the old ones, Backspace takes them away."""

    chosen = Signal(str)
    capturing = Signal(int)
    _waiting = False
    _keys = ""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.set_keys(keys)

    @property
    def keys(self) -> str:
        return self._keys

    def set_keys(self, keys: str) -> None:
        self._keys = keys
        if not self._waiting:
            self.setText(keys or "none")

    def set_wrong(self, wrong: bool) -> None:
        set_role(self, "wrong" if wrong else "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._begin()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._finish(self._keys)
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        # Tab and shortcuts would be taken before keyPressEvent while keys are awaited.
        if self._waiting and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if not self._waiting:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
                self._begin()
            else:
                QObject.event(self, event)
            return
        if key == Qt.Key.Key_Escape:
            self._finish(self._keys)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._finish("")
        elif key not in _MODIFIER_KEYS:
            keys = combination(key, event.modifiers())
            if keys:
                self._finish(keys)
            else:
                self.setText("not this key; letters, digits, F1…")

    def _begin(self) -> None:
        if not self._waiting:
            self._waiting = True
            self.setText("press the keys …")
            self.capturing.emit(1)

    def _finish(self, keys: str) -> None:
        if not self._waiting:
            return
        self._waiting = False
        changed = keys != self._keys
        self.set_keys(keys)
        self.capturing.emit(0)
        if changed:
            self.chosen.emit(keys)
