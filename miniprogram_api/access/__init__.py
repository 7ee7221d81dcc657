"""Sessions, passwords, user names, attempts and repeated calls.

May import clients.
"""
