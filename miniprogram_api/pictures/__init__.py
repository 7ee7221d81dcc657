"""Decoding, limiting and storing pictures.

May import clients.
"""
