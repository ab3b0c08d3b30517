"""CombatLens watches a game and its bot, and tells its user what works."""

__version__ = "0.1.0"
