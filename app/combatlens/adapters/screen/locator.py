"""Where a region of the profile is now on the screen."""

from __future__ import annotations

from typing import Protocol

from combatlens.domain.profile import Region


class Locator(Protocol):
    """Where a region of the profile is now, in physical pixels of the screen."""

    def locate(self, region: Region) -> Region:
        """Raises EnvironmentFault while it is nowhere (window gone, minimised …)."""

    def cover(self, place: Region) -> str:
        """What lies above it, in words; empty when nothing is known to."""

    def close(self) -> None: ...


class WholeScreen:
    """Regions of the screen itself: they do not move."""

    def locate(self, region: Region) -> Region:
        return region

    def cover(self, place: Region) -> str:
        del place
        return ""

    def close(self) -> None:
        """Nothing is held open."""
