"""Measuring the bot with labelled questions.

May import matching, content and language.
"""
