"""What happened: events, sessions, encounters and the XP ledger. Standard library and msgspec only."""
