"""Tickets of users: forms, facts, due times, news."""
