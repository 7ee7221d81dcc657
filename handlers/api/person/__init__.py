"""Endpoints of users: sessions, registration, checks, account, tickets. Imports `public`."""
