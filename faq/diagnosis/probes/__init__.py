"""Checks of the asker's records, one file for each kind of record.

May import what the rest of `faq.diagnosis` does, except `families` and `deciding`.
"""
