"""Phone numbers, ranges, one-time codes, proofs."""
