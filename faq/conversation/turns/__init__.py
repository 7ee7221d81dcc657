"""Reading one turn: what a message refers to and what is said next.

May import people.
"""
