"""Ways to change the ledger by SQL, and what finds them."""
