"""Calls of the information centre.

May import what the API shares and the desk's answers.
"""
