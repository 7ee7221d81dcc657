"""Endpoints without an account: FAQ, windows, announcements, consent. Imports the shared API."""
