"""Signing in and resetting a password."""
