"""What editors write: entries, their markup, pictures and validation.

May import language.
"""
