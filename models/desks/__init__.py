"""Staff, windows, sittings, tickets, ledger and audit log."""
