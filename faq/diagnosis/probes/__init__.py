"""Checks of the asker's records, one file for each kind of record."""
