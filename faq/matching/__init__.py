"""Reading a message, and ranking what it may mean.

May import content and language.
"""
