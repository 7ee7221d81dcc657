"""Endpoints of users: sessions, registration, checks, tickets. May import ``public``."""
