"""Registration systems: queries, receipts, watches and webhooks.

May import texts and what lies below.
"""
