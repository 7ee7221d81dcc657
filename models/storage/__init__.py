"""Connections, column types, canonical forms and encryption. May import no other package."""
