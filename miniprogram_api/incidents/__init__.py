"""Incidents of security: the register with its clock, the accounts concerned, notices to them."""
