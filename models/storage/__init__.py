"""Connections, column types, canonical forms and encryption."""
