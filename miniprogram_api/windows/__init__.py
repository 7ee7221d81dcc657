"""Acts of window clerks: registration, verification, reviews, tickets.

May import desks and what lies below.
"""
