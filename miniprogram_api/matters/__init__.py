"""Calls about matters: creation, versions, acceptance. May import proofing and lower packages."""
