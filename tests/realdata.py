"""Where the real logs, screenshots and telemetry lie that some tests read. They are never part of the repository."""

import os
from pathlib import Path

import pytest
from tests.repository import ROOT

REALDATA = Path(os.environ.get("COMBATLENS_REALDATA") or ROOT.parent / "shared" / "realdata")
LOGS = {
    "swg": "swg/swglogparser_chatlogs/5380027321_chatlog.txt",
    "everquest": "everquest/everquest-companion/fixtures/w42-effect-proc-resist.log",
    "nwn": "nwn/woos-nwn-parser/real_flurry_conceal_epicdodge.txt",
    "swtor": "swtor/ezet/8ev.txt",
    "wow": "wow/seriousnes_torghast/WoWCombatLog_Torghast-20201221-001_Full.txt",
    "sto": "sto/combatloganalyzer/pvp_first_5000.log",
}
"""A real log of each dialect."""


def realdata(*parts: str) -> Path:
    """The path of a real file or folder; skips the test, and says why, where it is not on this machine."""
    path = REALDATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data {'/'.join(parts)!r} is not here; COMBATLENS_REALDATA names its folder")
    return path
