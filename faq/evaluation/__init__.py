"""Measuring the bot with labelled questions."""
