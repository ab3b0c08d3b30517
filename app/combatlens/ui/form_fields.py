"""Fields of a page of settings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from combatlens.ui.parts import label
from combatlens.ui.theme import SPACE


def form_page() -> tuple[QWidget, QFormLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, SPACE * 2, 0, SPACE)
    form = QFormLayout()
    column.addLayout(form)
    column.addStretch()
    form.setHorizontalSpacing(SPACE * 3)
    form.setVerticalSpacing(SPACE + 4)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return page, form


def note(text: str) -> QLabel:
    """A caption under a field, as wide as the page."""
    note = label(text, "caption", wrap=True)
    note.setAlignment(Qt.AlignmentFlag.AlignTop)
    policy = note.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
    policy.setVerticalPolicy(QSizePolicy.Policy.Ignored)  # as tall as its lines are at its width, no taller
    note.setSizePolicy(policy)
    return note


def choice(items: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setMinimumContentsLength(18)
    for text, key in items:
        box.addItem(text, key)
    return box


def whole_number(low: int, high: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setMaximumWidth(120)
    box.lineEdit().setTextMargins(8, 0, 0, 0)  # a spin box ignores the padding of a style sheet
    return box


def slider(low: int, high: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(low, high)
    slider.setSingleStep(5)
    slider.setPageStep(10)
    return slider


def beside(one: QWidget, other: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE * 2)
    row.addWidget(one, 1)
    row.addWidget(other)
    other.setMinimumWidth(52)
    return box
