"""Endpoints of users: sessions, registration, checks, tickets. May import ``own``, ``public``."""
