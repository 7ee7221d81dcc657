"""Checking, reviewing and publishing: the whole draft, one entry, and what is planned."""
