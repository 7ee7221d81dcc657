"""Signing in and resetting a password.

May import accounts and what lies below.
"""
