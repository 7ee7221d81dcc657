"""Decoding, limiting and storing pictures.

May import texts and clients.
"""
