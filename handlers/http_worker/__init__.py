"""gunicorn's thread worker, changed so that no thread waits for a client; see ADR 29.

May import ``metrics`` of the handlers, and the rules.
"""
