"""Endpoints without an account. May import what the API shares."""
