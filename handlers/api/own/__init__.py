"""Endpoints of the data kept of the user, and of codes for desks."""
