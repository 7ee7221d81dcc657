"""Members of staff, their sessions, windows and sittings.

May import identity and lower packages.
"""
