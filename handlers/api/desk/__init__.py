"""Endpoints of window clerks, and the sign-in of staff."""
