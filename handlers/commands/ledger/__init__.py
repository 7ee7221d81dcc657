"""Commands for the ledger and registration systems. May import what the commands share."""
