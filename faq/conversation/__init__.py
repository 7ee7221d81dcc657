"""Answers to messages in their conversation, feedback, help of errors, and the inbox."""
