"""Staff, windows, sittings, tickets, the ledger and the audit log.

May import accounts and storage.
"""
