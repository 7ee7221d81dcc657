"""Drafts, review, checks and their background tasks."""
