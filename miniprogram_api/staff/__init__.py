"""Members of staff, their sessions, windows and sittings.

May import texts and what lies below.
"""
