"""Phone numbers, ranges, one-time codes, proofs. May import identity and lower packages."""
