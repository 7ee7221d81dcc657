"""Registration systems: queries, receipts, watches and webhooks.

May import identity and what lies below.
"""
