"""Decoding, limiting and storing pictures."""
