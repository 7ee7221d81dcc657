"""Answers to messages in their conversation, feedback, help of errors, and the inbox.

May import every other package of the bot except interchange.
"""
