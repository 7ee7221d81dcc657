"""The published content: releases, and learning what is in force.

May import matching, content and language.
"""
