"""Endpoints of what is kept of the user, and of codes for desks. May import ``public``."""
