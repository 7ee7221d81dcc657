"""The account: level, consents, changes, authorisation, cancellation.

May import ledger, messaging, phones, registrars, staff and the packages below them.
"""
