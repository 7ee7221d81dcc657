"""Calls that need no account: content, windows, announcements, consent.

May import what the API shares.
"""
