"""Sums from which a ratio and its interval follow, kept instead of the observations themselves."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Moments(Struct, frozen=True, gc=False, array_like=True):
    """Of `n` independent blocks with numerator y and denominator x: sums, sums of squares and of products.

    The ratio is y / x; its variance by linearisation needs no more than these (W. G. Cochran, Sampling
    Techniques, 3rd ed., 6.4).
    """

    n: int = 0
    y: float = 0.0
    x: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    xx: float = 0.0

    def plus(self, other: Moments) -> Moments:
        return Moments(
            self.n + other.n, self.y + other.y, self.x + other.x,
            self.yy + other.yy, self.xy + other.xy, self.xx + other.xx,
        )  # fmt: skip

    def with_total(self, y: float) -> Moments:
        """The same blocks with their y scaled alike to this sum; no blocks where theirs is 0."""
        if self.y == y:
            return self
        if self.y == 0.0:
            return Moments(0, y, self.x, 0.0, 0.0, 0.0)
        factor = y / self.y
        return Moments(self.n, y, self.x, self.yy * factor * factor, self.xy * factor, self.xx)


NONE = Moments()


def moments_of(pairs: Iterable[tuple[float, float]], begun: Moments = NONE) -> Moments:
    """Moments of blocks given as (y, x), and of those in `begun`."""
    n, y, x, yy, xy, xx = begun.n, begun.y, begun.x, begun.yy, begun.xy, begun.xx
    for above, below in pairs:
        n += 1
        y += above
        x += below
        yy += above * above
        xy += above * below
        xx += below * below
    return Moments(n, y, x, yy, xy, xx)
