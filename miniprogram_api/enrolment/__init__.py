"""Registration, activation and the import of accounts.

May import accounts and what lies below.
"""
