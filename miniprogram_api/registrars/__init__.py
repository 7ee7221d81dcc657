"""Registration systems: queries, receipts, watches and webhooks.

May import identity and lower packages.
"""
