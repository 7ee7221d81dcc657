"""Acts of window clerks: registration, verification, matters, tickets.

May import desks and the packages below it.
"""
