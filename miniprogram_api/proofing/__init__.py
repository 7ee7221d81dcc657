"""Proving a person at level 4: face and CTID.

May import accounts and what lies below.
"""
