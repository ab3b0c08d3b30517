"""The errors that are not bugs: each says what is wrong and what to do about it."""

from __future__ import annotations


class EnvironmentFault(Exception):
    """Something outside the program is not as it must be.

    `what` says what happened, `remedy` what the user can do about it. Both are shown as one line.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}; {remedy}" if remedy else what)


class RefusedEvent(EnvironmentFault):
    """An event that breaks the contract; nothing of it is kept."""

    kind = ""
    """The `type` that it names, where that is known."""


class Ending(EnvironmentFault):
    """The application is being ended; what is not finished is made up for at the next start."""


class NotFound(EnvironmentFault):
    """A session, profile or goal that does not exist under the name given."""
