"""The ledger: lines, seals, integrity, views and exports.

May import phones, staff, texts and lower packages.
"""
