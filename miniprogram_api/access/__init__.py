"""Sessions, passwords, user names, attempts and repeated calls.

May import texts and clients.
"""
