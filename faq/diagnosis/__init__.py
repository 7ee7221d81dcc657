"""Findings from the asker's own records, by calling the rules that refuse.

May import matching, content and language.
"""
