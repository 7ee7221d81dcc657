"""Commands for accounts, their import and staff."""
