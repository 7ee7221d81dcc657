"""Learning from examples and matching a question to an entry.

May import content and language.
"""
