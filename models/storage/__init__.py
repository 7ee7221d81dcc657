"""Connections, column types, canonical forms and encryption.

May import nothing of the other packages.
"""
