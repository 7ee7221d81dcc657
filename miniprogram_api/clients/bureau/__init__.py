"""Servers of the bureau itself."""
