"""Members of staff, their sessions, windows and sittings.

May import identity and what lies below.
"""
