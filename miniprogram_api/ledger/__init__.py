"""The ledger: lines, seals, integrity, views and exports.

May import phones, registrars, staff and what lies below.
"""
