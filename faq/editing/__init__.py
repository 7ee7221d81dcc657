"""Drafts, review, checks and their background tasks.

May import release and what lies below it.
"""
