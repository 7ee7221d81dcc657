"""Calls of the person: sessions, registration, checks, account, tickets.

May import what the API shares.
"""
