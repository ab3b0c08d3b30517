"""Whether a skill was ready whenever its turn came: what the order of uses tells of cooldowns.

The shortest gap between two uses is never less than the cooldown. Where the user goes through the skills in turn
it may be much more. Then a skill on cooldown betrays itself: others come round again while it is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from combatlens.learning.replay import UseRow


def turns(uses: Sequence[UseRow]) -> dict[str, tuple[int, int]]:
    """Skill -> how often its turn came in a fight and it was used, and how often it was passed over.

    It was passed over when another skill was used, something else, and the former again, since its own last use or
    the fight's beginning. `uses`: in fold order.
    """
    taken: defaultdict[str, int] = defaultdict(int)
    passed: defaultdict[str, int] = defaultdict(int)
    names = {use.skill for use in uses}
    for _, fight in groupby((use for use in uses if use.encounter >= 0), key=lambda use: use.fight):
        latest: dict[str, int] = {}
        came_round = -1  # the latest earlier use of a skill that came again
        for i, use in enumerate(fight):
            before = latest.get(use.skill, -1)
            (passed if came_round > before else taken)[use.skill] += 1
            if before < i - 1:
                came_round = max(came_round, before)
            latest[use.skill] = i
        for name in names:
            passed[name] += came_round > latest.get(name, -1)
    return {name: (taken[name], passed[name]) for name in names}
