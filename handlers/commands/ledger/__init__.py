"""Commands for the ledger and registration systems."""
