"""The face of the overlay, painted by hand: each part has a rectangle; only parts whose text changed are painted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from combatlens.ui.face import Face
from combatlens.ui.overlay_layout import Layout, compact_layout, full_layout
from combatlens.ui.palette import Palette, Tone
from combatlens.ui.theme import Theme

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HALO_BELOW = 0.6
_AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]


class Panel(QWidget):
    """Shows a `Face`. `scale` enlarges everything; `opacity` is that of the ground, text stays solid."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.face: Face | None = None
        self.scale = 1.0
        self.opacity = 0.85
        self.compact = False
        self.with_chart = True
        self.rows = 5
        self.framed = ""
        """The hint in the frame while the overlay is unlocked; empty = locked."""
        self.layout_ = Layout()
        self.painted_parts = 0
        theme.changed.connect(self.update)

    def fit(self, width: int, height: int) -> Layout:
        """Lay out for a window of that size; `layout_.height` is what is needed at least."""
        font = QFontMetrics(self._font(1.0))
        unit = font.height() / 15.0
        skills = len(self.face.skills) if self.face else 0
        alert, hint = bool(self.face and self.face.alert), bool(self.framed)
        if self.compact:
            self.layout_ = compact_layout(width=width, unit=unit, alert=alert, hint=hint)
        else:
            self.layout_ = full_layout(
                width=width,
                height=height,
                unit=unit,
                skills=min(skills, self.rows),
                chart=self.with_chart,
                alert=alert,
                hint=hint,
            )
        self.update()
        return self.layout_

    def show_face(self, face: Face) -> bool:
        """Take a new face and repaint what changed. True when the layout must be made anew first."""
        old, self.face = self.face, face
        if old is None or _shape(old) != _shape(face):
            return True
        parts = self.layout_
        dirty = QRegion()
        for changed, rect in (
            (old.mood != face.mood, parts.state),
            (old.clock != face.clock, parts.clock),
            (old.rate != face.rate, parts.rate),
            (old.window != face.window, parts.window),
            (old.peak != face.peak, parts.caption),
            (old.waiting != face.waiting, parts.chart),
            (old.alert != face.alert, parts.alert),
        ):
            if changed:
                dirty += rect
        if old.tiles != face.tiles:
            dirty += parts.tally
        for before, after, rect in zip(old.tiles, face.tiles, parts.tiles, strict=False):
            if before != after:
                dirty += rect
        for one, two, rect in zip(old.skills, face.skills, parts.skills, strict=False):
            if one != two:
                dirty += rect
        if not dirty.isEmpty():
            self.update(dirty)
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self.theme.colors
        self._ground(painter, colors)
        if self.face is None:
            return
        region = event.region()
        parts = self.layout_

        def due(rect: QRect) -> bool:
            hit = not rect.isEmpty() and region.intersects(rect)
            self.painted_parts += hit
            return hit

        if due(parts.hint):
            self._text(painter, parts.hint, self.framed, 0.86, "accent", Qt.AlignmentFlag.AlignCenter)
        if due(parts.state):
            self._state(painter, parts.state)
        if due(parts.clock):
            self._text(painter, parts.clock, self.face.clock, 1.0, "text", _RIGHT)
        if due(parts.rate):
            self._rate(painter, parts.rate)
        if due(parts.window):
            self._stacked(painter, parts.window, "last 10 min", self.face.window, _RIGHT)
        if due(parts.caption):
            self._text(painter, parts.caption, "XP per hour", 0.82, "muted", _LEFT)
            self._text(painter, parts.caption, self.face.peak, 0.82, "muted", _RIGHT)
        if self.face.waiting and due(parts.chart):
            self._text(painter, parts.chart, self.face.waiting, 0.95, "muted", Qt.AlignmentFlag.AlignCenter)
        for rect, (label, value) in zip(parts.tiles, self.face.tiles, strict=False):
            if due(rect):
                self._stacked(painter, rect, label, value, _LEFT)
        for rect, bar in zip(parts.skills, self.face.skills, strict=False):
            if due(rect):
                self._bar(painter, rect, bar.name, bar.percent, bar.text)
        if due(parts.tally):
            self._tally(painter, parts.tally)
        if due(parts.alert):
            self._alert(painter, parts.alert)

    def _ground(self, painter: QPainter, colors: Palette) -> None:
        ground = QColor(colors.window)
        ground.setAlphaF(self.opacity)
        border = QColor(colors.accent if self.framed else colors.line)
        if not self.framed:
            border.setAlphaF(self.opacity)
        width = 2.0 if self.framed else 1.0
        painter.setPen(QPen(border, width))
        painter.setBrush(ground)
        edge = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 10, 10)
        if self.framed:
            self._grip(painter, border)

    def _grip(self, painter: QPainter, colour: QColor) -> None:
        corner = QPointF(self.width() - 5.0, self.height() - 5.0)
        painter.setPen(QPen(colour, 1.5))
        for step in (5.0, 9.0, 13.0):
            painter.drawLine(corner - QPointF(step, 0), corner - QPointF(0, step))

    def _state(self, painter: QPainter, rect: QRect) -> None:
        assert self.face is not None
        mood = self.face.mood
        side = round(rect.height() * 0.7)
        top = rect.top() + (rect.height() - side) // 2
        colour = self.theme.colors.tone(mood.tone)
        picture = self.theme.icons.pixmap(f"state-{mood.shape}", colour, side, self.devicePixelRatioF())
        painter.drawPixmap(rect.left(), top, picture)
        words = rect.adjusted(side + round(side * 0.6), 0, 0, 0)
        metrics = QFontMetrics(self._font(1.0, bold=True))
        if not self.compact:
            short = metrics.elidedText(mood.word, Qt.TextElideMode.ElideRight, words.width())
            self._text(painter, words, short, 1.0, mood.tone, _LEFT, bold=True)

    def _rate(self, painter: QPainter, rect: QRect) -> None:
        """The number on a common base line with its unit, so that large and small text sit together."""
        assert self.face is not None
        size = 1.15 if self.compact else 2.1
        known = self.face.rate != "not yet"
        big, little = self._font(size if known else size * 0.7, bold=True), self._font(0.95)
        base = rect.center().y() + round(QFontMetrics(big).capHeight() / 2)
        self._draw(painter, big, QPointF(rect.left(), base), self.face.rate, "text" if known else "muted")
        if not known:
            return
        left = rect.left() + QFontMetrics(big).horizontalAdvance(self.face.rate) + round(rect.height() * 0.14)
        self._draw(painter, little, QPointF(left, base), "XP/h", "muted")

    def _stacked(self, painter: QPainter, rect: QRect, label: str, value: str, align: Qt.AlignmentFlag) -> None:
        split = rect.top() + round(rect.height() * 0.45)
        self._text(
            painter, QRect(rect.left(), rect.top(), rect.width(), split - rect.top()), label, 0.82, "muted", align
        )
        below = QRect(rect.left(), split, rect.width(), rect.bottom() + 1 - split)
        tone: Tone = "muted" if value == "not yet" else "text"
        self._text(painter, below, value, 1.12 if tone == "text" else 1.0, tone, align, bold=tone == "text")

    def _tally(self, painter: QPainter, rect: QRect) -> None:
        """Kills and deaths; their name goes first where numbers are too long for both."""
        assert self.face is not None
        tiles = dict(self.face.tiles)
        bare = f"{tiles['Kills']} / {tiles['Deaths']}"
        named = f"K/D {bare}"
        fits = QFontMetrics(self._font(1.0)).horizontalAdvance(named) <= rect.width()
        self._text(painter, rect, named if fits else bare, 1.0, "text", _RIGHT)

    def _bar(self, painter: QPainter, rect: QRect, name: str, percent: int, text: str) -> None:
        name_width, text_width = round(rect.width() * 0.5), round(rect.width() * 0.15)
        metrics = QFontMetrics(self._font(0.95))
        short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, name_width - 8)
        self._text(painter, QRect(rect.left(), rect.top(), name_width, rect.height()), short, 0.95, "text", _LEFT)
        self._text(painter, rect, text, 0.95, "text", _RIGHT)
        thick = max(4.0, rect.height() * 0.3)
        track = QRectF(rect.left() + name_width, rect.center().y() + 0.5 - thick / 2, 0, thick)
        track.setWidth(rect.width() - name_width - text_width)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.colors.line))
        painter.drawRoundedRect(track, thick / 2, thick / 2)
        if percent:
            track.setWidth(max(thick, track.width() * percent / 100))
            painter.setBrush(QColor(self.theme.colors.accent))
            painter.drawRoundedRect(track, thick / 2, thick / 2)

    def _alert(self, painter: QPainter, rect: QRect) -> None:
        """At most two lines, the second cut short where it must be."""
        assert self.face is not None
        metrics = QFontMetrics(self._font(0.95))
        side = metrics.height()
        tone = self.face.alert_tone
        name = "check" if tone == "accent" else "state-problem"
        picture = self.theme.icons.pixmap(name, self.theme.colors.tone(tone), side, self.devicePixelRatioF())
        words = rect.adjusted(side + side // 2, 0, 0, 0)
        lines = two_lines(self.face.alert, metrics, words.width())
        top = rect.top() + (rect.height() - side * len(lines)) // 2
        painter.drawPixmap(rect.left(), top, picture)
        for index, line in enumerate(lines):
            self._text(painter, QRect(words.left(), top + side * index, words.width(), side), line, 0.95, tone, _LEFT)

    def _font(self, size: float, *, bold: bool = False) -> QFont:
        return self.theme.font(self.theme.body * size * self.scale, bold=bold)

    def _text(
        self, painter: QPainter, rect: QRect, text: str, size: float, tone: Tone, align: Qt.AlignmentFlag,
        *, bold: bool = False,
    ) -> None:  # fmt: skip
        painter.setFont(self._font(size, bold=bold))
        if self.opacity < _HALO_BELOW:
            painter.setPen(QColor(self.theme.colors.window))
            for dx, dy in _AROUND:
                painter.drawText(rect.translated(dx, dy), align, text)
        painter.setPen(self._ink(tone))
        painter.drawText(rect, align, text)

    def _draw(self, painter: QPainter, font: QFont, at: QPointF, text: str, tone: Tone) -> None:
        painter.setFont(font)
        if self.opacity < _HALO_BELOW:
            painter.setPen(QColor(self.theme.colors.window))
            for dx, dy in _AROUND:
                painter.drawText(at + QPointF(dx, dy), text)
        painter.setPen(self._ink(tone))
        painter.drawText(at, text)

    def _ink(self, tone: Tone) -> QColor:
        """Over a faint ground quiet text would be lost in the game: there it is as strong as the rest."""
        faint = self.opacity < _HALO_BELOW and tone == "muted"
        return QColor(self.theme.colors.tone("text" if faint else tone))


def _shape(face: Face) -> tuple[int, bool, bool]:
    """What the layout depends on."""
    return len(face.skills), bool(face.alert), bool(face.peak)


def two_lines(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Break a text at a space into at most two lines; the second ends in an ellipsis where it does not fit."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    words = text.split(" ")
    fits = 1
    while fits < len(words) and metrics.horizontalAdvance(" ".join(words[: fits + 1])) <= width:
        fits += 1
    parts = (" ".join(words[:fits]), " ".join(words[fits:]))
    return [metrics.elidedText(part, Qt.TextElideMode.ElideRight, width) for part in parts if part]
