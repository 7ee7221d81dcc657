"""Commands for accounts, their import and staff. May import what the commands share."""
