"""Endpoints of users: sessions, registration, checks, tickets."""
