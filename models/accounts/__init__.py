"""Accounts and what belongs to a person. May import storage."""
