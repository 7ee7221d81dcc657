"""Endpoints without an account."""
