"""Matters, the lines of their persons, decisions and events. May import every other table."""
