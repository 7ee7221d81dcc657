"""Calls of window clerks and the sign-in of staff.

May import what the API shares.
"""
