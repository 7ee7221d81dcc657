"""The ledger: lines, seals, integrity, views and exports."""
