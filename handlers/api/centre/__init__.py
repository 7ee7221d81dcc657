"""Endpoints of the information centre."""
