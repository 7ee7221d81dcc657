"""Endpoints of what is kept of the user: receipts, conversations. May import ``public``."""
