"""Matters, the lines of their persons, decisions and events."""
