"""Entries that editors write, with their markup, pictures and validation."""
