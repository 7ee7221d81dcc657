"""Acts of window clerks: registration, verification, reviews, tickets.

May import desks and the packages below it.
"""
