"""Proving a person at level 4: face and CTID."""
