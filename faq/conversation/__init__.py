"""Answering a message in its conversation, feedback, help and the inbox.

May import every other package of the bot except interchange.
"""
