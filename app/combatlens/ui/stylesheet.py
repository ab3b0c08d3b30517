"""The style sheet of the windows, made from a palette. The overlay paints itself and does not use it."""

from __future__ import annotations

from pathlib import Path

from combatlens.ui.palette import Palette


def stylesheet(c: Palette, body: int, icons: Path) -> str:
    """`body` is the text size in logical pixels. Roles are set as the property `role` on labels and frames."""
    return "".join((
        _surfaces(c, body), _buttons(c), _fields(c, body, icons), _tables(c, body), _pages(c), _switches(c, icons),
        _menus(c),
    ))  # fmt: skip


def small(body: int) -> int:
    """The size of captions and headings of columns."""
    return round(body * 0.92)


def _surfaces(c: Palette, body: int) -> str:
    little, big, title = small(body), round(body * 1.25), round(body * 1.6)
    return f"""
QWidget {{ color: {c.text}; font-size: {body}px; }}
QMainWindow, QDialog, QWidget[role="window"] {{ background: {c.window}; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.edge}; padding: 4px 6px; }}

QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: {big}px; font-weight: 600; }}
QLabel[role="label"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {c.muted}; }}
QLabel[role="caption"] {{ color: {c.muted}; font-size: {little}px; }}
QLabel[role="figure"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="accent"] {{ color: {c.accent}; font-weight: 600; }}
QLabel[role="warn"] {{ color: {c.warn}; }}
QLabel[role="bad"] {{ color: {c.bad}; }}
QLabel[role="chip"] {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 4px; padding: 3px 8px; }}

QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame[role="bar"] {{ background: {c.surface}; border: none; border-top: 1px solid {c.line}; }}
QFrame[role="rule"] {{ background: {c.line}; border: none; max-height: 1px; min-height: 1px; }}
"""


def _buttons(c: Palette) -> str:
    return f"""
QPushButton {{ background: {c.raised}; border: 1px solid {c.edge}; border-radius: 6px; padding: 6px 14px; }}
QPushButton:hover {{ border-color: {c.text}; }}
QPushButton:pressed {{ background: {c.line}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {c.edge}; border-color: {c.line}; }}
QPushButton[role="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    font-weight: 600; }}
QPushButton[role="primary"]:hover {{ border-color: {c.text}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {c.text}; padding: 5px 13px;
    text-decoration: underline; }}
QPushButton[role="primary"]:disabled {{ background: {c.raised}; color: {c.edge}; border-color: {c.line}; }}
QPushButton[role="flat"] {{ background: transparent; border-color: transparent; padding: 6px 8px; }}
QPushButton[role="flat"]:hover {{ background: {c.raised}; }}
QPushButton[role="flat"]:focus {{ border: 2px solid {c.accent}; padding: 5px 7px; }}
"""


def _fields(c: Palette, body: int, icons: Path) -> str:
    return f"""
QLineEdit, QComboBox, QSpinBox, QTimeEdit {{ background: {c.surface}; border: 1px solid {c.edge}; border-radius: 6px;
    padding: 5px 8px; min-height: {round(body * 1.4)}px; selection-background-color: {c.selected};
    selection-color: {c.text}; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QTimeEdit:focus {{ border: 2px solid {c.accent}; padding: 4px 7px; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QTimeEdit:disabled {{
    color: {c.edge}; border-color: {c.line}; }}
QLineEdit {{ placeholder-text-color: {c.muted}; }}
QLineEdit[role="wrong"] {{ border-color: {c.bad}; }}
QSpinBox QLineEdit, QTimeEdit QLineEdit {{ background: transparent; border: none; padding: 0; min-height: 0; }}
QSpinBox QLineEdit:focus, QTimeEdit QLineEdit:focus {{ border: none; padding: 0; }}
QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button {{ width: 0; border: none; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url("{(icons / _arrow(c)).as_posix()}"); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{ background: {c.surface}; border: 1px solid {c.edge}; padding: 4px;
    selection-background-color: {c.selected}; selection-color: {c.text}; outline: none; }}
"""


def _tables(c: Palette, body: int) -> str:
    return f"""
QTableView {{ background: {c.surface}; alternate-background-color: {c.surface}; outline: none;
    border: 2px solid transparent; border-radius: 6px;
    selection-background-color: {c.selected}; selection-color: {c.text}; gridline-color: transparent; }}
QTableView[role="ringed"]:focus {{ border-color: {c.accent}; }}
QTableView::item {{ padding: 0 5px; border-bottom: 1px solid {c.line}; }}
QTableView::item:hover {{ background: {c.raised}; }}
QTableView::item:selected {{ background: {c.selected}; color: {c.text}; }}
QHeaderView {{ background: {c.surface}; border: none; }}
QHeaderView::section {{ background: {c.surface}; color: {c.muted}; border: none; border-bottom: 1px solid {c.edge};
    padding: 7px 8px; font-size: {small(body)}px; font-weight: 600; }}
QHeaderView::section:hover {{ color: {c.text}; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{ image: none; width: 0; height: 0; }}
QTableCornerButton::section {{ background: {c.surface}; border: none; }}
"""


def _pages(c: Palette) -> str:
    return f"""
QTabWidget::pane {{ border: none; border-top: 1px solid {c.line}; }}
QTabBar::tab {{ background: transparent; color: {c.muted}; padding: 8px 14px; border-bottom: 3px solid transparent; }}
QTabBar::tab:hover {{ color: {c.text}; }}
QTabBar::tab:selected {{ color: {c.text}; font-weight: 600; border-bottom-color: {c.accent}; }}
QTabBar::tab:selected:focus {{ border: 2px solid {c.accent}; border-bottom-width: 3px; border-radius: 4px;
    padding: 6px 12px 8px; }}

QScrollArea, QScrollArea > QWidget > QWidget[role="page"] {{ background: transparent; border: none; }}
QScrollArea {{ border: 2px solid transparent; border-radius: 6px; }}
QScrollArea[role="ringed"]:focus {{ border-color: {c.accent}; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {c.edge}; border-radius: 4px; margin: 2px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _switches(c: Palette, icons: Path) -> str:
    return f"""
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 16px; height: 16px; border: 1px solid {c.edge}; border-radius: 4px;
    background: {c.surface}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent};
    image: url("{(icons / _tick(c)).as_posix()}"); }}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; width: 14px; height: 14px; }}
QCheckBox::indicator:checked:focus {{ border: 2px solid {c.text}; }}
QSlider::groove:horizontal {{ height: 4px; background: {c.line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 16px; height: 16px; margin: -7px 0; border-radius: 8px; background: {c.accent};
    border: 2px solid {c.surface}; }}
QSlider::handle:horizontal:focus {{ border-color: {c.text}; }}
"""


def _menus(c: Palette) -> str:
    return f"""
QMenu {{ background: {c.surface}; border: 1px solid {c.edge}; padding: 6px; }}
QMenu::item {{ padding: 7px 28px 7px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.selected}; }}
QMenu::item:disabled {{ color: {c.edge}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 6px 8px; }}
"""


def _arrow(c: Palette) -> str:
    return "arrow-dark.svg" if c.dark else "arrow-light.svg"


def _tick(c: Palette) -> str:
    return "tick-dark.svg" if c.dark else "tick-light.svg"
