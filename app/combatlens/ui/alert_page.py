"""The alerts page: what is sent to a chat, from which gravity on, how often, and when not; with a message to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings
from combatlens.ui.background import Worker
from combatlens.ui.parts import button, label, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

TryOut = Callable[[AlertSettings], None]
"""Sends one message. May block; raises EnvironmentFault."""

SERVICES = {
    "auto": "By the address", "slack": "Slack", "discord": "Discord", "teams": "Microsoft Teams",
    "mattermost": "Mattermost", "googlechat": "Google Chat", "telegram": "Telegram", "json": "Other: JSON",
}  # fmt: skip
GRAVITIES = {"low": "All alerts", "medium": "Medium and high", "high": "High only"}
CLOCK = "HH:mm"
HINT = (
    "Make an “incoming webhook” in your chat service and paste its address. Without one, nothing leaves this computer."
)


class AlertPage(QWidget):
    """`changed` carries the fields of Settings that changed."""

    changed = Signal(dict)

    def __init__(self, alerts: AlertSettings, try_out: TryOut, worker: Worker, theme: Theme) -> None:
        super().__init__()
        self._alerts, self._try_out, self._worker = alerts, try_out, worker
        self._following = False
        self._make_fields(theme)
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE * 3)
        form.setVerticalSpacing(SPACE + 4)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Send to", self.address)
        form.addRow("", self.wrong)
        form.addRow("Service", self.service)
        form.addRow("Which", self.gravity)
        form.addRow("At most every", self.every)
        form.addRow("Quiet time", _row(self.quiet, self.begin, self.until_word, self.end))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE * 2, 0, SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(
            label("Alerts stand in the overlay in any case. They can also be sent as messages.", wrap=True)
        )
        column.addWidget(label(HINT, "caption", wrap=True))
        column.addLayout(form)
        column.addWidget(label("What comes in a quiet time goes out together after it.", "caption", wrap=True))
        column.addWidget(_row(self.try_it))
        column.addWidget(self.answer)
        column.addStretch()
        self.follow(alerts)

    def _make_fields(self, theme: Theme) -> None:
        self.address = QLineEdit()
        self.address.setPlaceholderText("https://… (no messages while this is empty)")
        self.address.setClearButtonEnabled(True)
        self.wrong = label("", "bad", wrap=True)
        self.wrong.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.service, self.gravity = _choice(SERVICES), _choice(GRAVITIES)
        self.every = QSpinBox()
        self.every.setRange(0, 24 * 60)
        self.every.setSuffix(" min")
        self.every.setSpecialValueText("as they come")
        self.every.setMaximumWidth(theme.body * 11)
        self.every.lineEdit().setTextMargins(8, 0, 0, 0)
        self.quiet = QCheckBox("no messages from")
        self.until_word = label("to")
        self.begin, self.end = QTimeEdit(), QTimeEdit()
        for field, name in ((self.begin, "Quiet from"), (self.end, "Quiet until")):
            field.setDisplayFormat(CLOCK)
            field.setAccessibleName(name)
            field.setMaximumWidth(theme.body * 7)
            for line in field.findChildren(QLineEdit):
                line.setTextMargins(8, 0, 0, 0)
            field.timeChanged.connect(self._edited)
        self.try_it = button("Send a test message", self._try)
        self.answer = label("", "muted", wrap=True)
        self.address.textEdited.connect(self._edited)
        self.service.currentIndexChanged.connect(self._edited)
        self.gravity.currentIndexChanged.connect(self._edited)
        self.every.valueChanged.connect(self._edited)
        self.quiet.toggled.connect(self._edited)

    def follow(self, alerts: AlertSettings) -> None:
        self._following = True
        self._alerts = alerts
        if self.address.text().strip() != alerts.webhook:
            self.address.setText(alerts.webhook)
        self.service.setCurrentIndex(self.service.findData(alerts.template))
        self.gravity.setCurrentIndex(self.gravity.findData(alerts.severity))
        self.every.setValue(round(alerts.quiet_minutes))
        quiet = bool(alerts.quiet_from and alerts.quiet_until)
        self.quiet.setChecked(quiet)
        if quiet or not self.begin.time().isValid() or self.begin.time() == self.end.time():
            self.begin.setTime(QTime.fromString(alerts.quiet_from or "22:00", CLOCK))
            self.end.setTime(QTime.fromString(alerts.quiet_until or "08:00", CLOCK))
        self._following = False
        self._mark()

    def chosen(self) -> AlertSettings:
        """What the fields say. A part of a minute that stands in the settings' file is kept."""
        quiet = self.quiet.isChecked()
        same = self.every.value() == round(self._alerts.quiet_minutes)
        return msgspec.structs.replace(
            self._alerts,
            webhook=self.address.text().strip(),
            template=self.service.currentData(),
            severity=self.gravity.currentData(),
            quiet_minutes=self._alerts.quiet_minutes if same else float(self.every.value()),
            quiet_from=self.begin.time().toString(CLOCK) if quiet else "",
            quiet_until=self.end.time().toString(CLOCK) if quiet else "",
        )

    def _edited(self, *_: Any) -> None:
        if self._following:
            return
        self._say("", "muted")
        self._mark()
        chosen = self.chosen()
        if not fault_of(chosen.webhook) and chosen != self._alerts:
            self._alerts = chosen
            self.changed.emit({"alerts": chosen})

    def _mark(self) -> None:
        address = self.address.text().strip()
        fault = fault_of(address)
        self.wrong.setText(fault)
        self.wrong.setVisible(bool(fault))
        set_role(self.address, "wrong" if fault else "")
        sends = bool(address) and not fault
        for field in (self.service, self.gravity, self.every, self.quiet, self.try_it):
            field.setEnabled(sends)
        for part in (self.begin, self.end, self.until_word):
            part.setEnabled(sends and self.quiet.isChecked())

    def _try(self) -> None:
        chosen = self.chosen()
        self.try_it.setEnabled(False)
        self._say("Sending…", "muted")
        self._worker.run(lambda: self._try_out(chosen), self._arrived, self._failed)

    def _arrived(self, _nothing: object) -> None:
        self._say("Sent. The service took the message; look into your chat.", "accent")
        self._mark()

    def _failed(self, fault: EnvironmentFault) -> None:
        self._say(f"Not sent. {sentence(fault)}", "bad")
        self._mark()

    def _say(self, text: str, role: str) -> None:
        self.answer.setText(text)
        set_role(self.answer, role)


def fault_of(address: str) -> str:
    """What is wrong with a webhook's address, in words; "" for a good one and for none."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not set(address) & set(' \t"<>')
    except ValueError:
        good = False
    return "" if good else "This is no web address, so it is not saved. It begins with https://"


def _choice(items: dict[str, str]) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setMinimumContentsLength(18)
    for key, text in items.items():
        box.addItem(text, key)
    return box


def _row(*parts: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE * 2)
    for part in parts:
        row.addWidget(part)
    row.addStretch()
    return box
