"""Staff, windows, sittings, tickets, ledger and audit log. May import accounts and storage."""
