"""The account: level, consents, changes, authorisation, cancellation."""
