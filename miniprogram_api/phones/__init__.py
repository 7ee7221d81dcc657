"""Phone numbers, number ranges, one-time codes and proofs of a phone.

May import identity and lower packages.
"""
