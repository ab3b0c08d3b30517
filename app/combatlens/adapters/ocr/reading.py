"""What one picture was found to say, and how it was found out."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from combatlens.adapters.ocr.xp_text import XpText

Meaning = tuple[float | None, float | None, float | None, int | None]

FIRM_CONFIDENCE = 0.6
ENOUGH = 2
"""So many readers that read alike are enough, and outvote a third."""


class Look(Struct, frozen=True):
    """One reader's look at one view of the picture, and what its text means.

    `places`: the column of the picture where the middle of each sign that is no space stands, where the reader tells.
    """

    reader: str
    view: str
    text: str
    confidence: float
    found: XpText
    places: tuple[float, ...] = ()


class Reading(Struct, frozen=True, kw_only=True):
    """The outcome for one picture. `reason` is empty exactly when it is certain enough to be used.

    `sure`: by itself trustworthy (a still picture may be accepted). `agreed`: two teachers at least read the same and
    no other a number, so it may teach glyphs; `disputed`: one of them read another number. `doubted`: the trained
    glyphs could not confirm what the teachers read; `spelt`: they show the same signs, but cannot tell that these are
    all; `borne_out`: every sign looks like the learned one that it was read as, and clearly less like any other.
    `put_off`: nobody looked yet, or at several pictures laid on one another, so the same picture is to be read again.
    `covered`: something the trained glyphs do not know stands at a digit's place, so it may also be one of the
    `rivals`, or anything where there are none. `begun`: its first sign stands where the text always begins, so no
    digit before it is hidden. `found` is the best understanding, also when it was refused. `looks` lists every single
    look that counts, for the diagnostics.
    """

    text: str
    found: XpText
    confidence: float
    reader: str
    reason: str = ""
    sure: bool = False
    agreed: bool = False
    disputed: bool = False
    doubted: bool = False
    spelt: bool = False
    borne_out: bool = False
    put_off: bool = False
    covered: bool = False
    rivals: tuple[XpText, ...] = ()
    begun: bool = False
    looks: tuple[Look, ...] = ()

    @property
    def readable(self) -> bool:
        return not self.found.reason

    @property
    def compared(self) -> bool:
        """Whether every reader that looked found a number: a covered picture says nothing of how they agree."""
        return bool(self.looks) and {look.reader for look in self.looks} == {
            look.reader for look in self.looks if not look.found.reason
        }

    @property
    def alike(self) -> bool:
        """Whether every look shows the same digits, whatever signs it shows between them."""
        return len({digits_in(look.text) for look in self.looks}) == 1

    @property
    def firm(self) -> bool:
        """Whether every reader that looked read it so in two views, with some confidence."""
        own: dict[str, list[float]] = {look.reader: [] for look in self.looks}
        for look in self.looks:
            if not look.found.reason and meaning(look.found) == meaning(self.found):
                own[look.reader].append(look.confidence)
        return self.agreed and all(len(sure) >= 2 and max(sure) >= FIRM_CONFIDENCE for sure in own.values())

    @property
    def unanimous(self) -> bool:
        """Whether more readers are firm than are enough."""
        return self.firm and len({look.reader for look in self.looks}) > ENOUGH


def digits_in(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def only_difference(one: str, two: str) -> int | None:
    """Which digit of two texts differs, where it is one alone; None where none does, or several, or one has more."""
    digits, others = digits_in(one), digits_in(two)
    if len(digits) != len(others):
        return None
    apart = [at for at, (a, b) in enumerate(zip(digits, others, strict=True)) if a != b]
    return apart[0] if len(apart) == 1 else None


def meaning(found: XpText) -> Meaning:
    return found.value, found.needed, found.percent, found.level


def unreadable(reason: str, looks: Sequence[Look] = (), reader: str = "", *, put_off: bool = False) -> Reading:
    """A reading that says nothing but why."""
    text = looks[0].text if looks else ""
    return Reading(
        text=text, found=XpText(reason=reason), confidence=0.0, reader=reader, reason=reason, looks=tuple(looks),
        put_off=put_off,
    )  # fmt: skip
