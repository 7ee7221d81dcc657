"""Tickets of users: forms, facts, due times, news. May import accounts and lower packages."""
