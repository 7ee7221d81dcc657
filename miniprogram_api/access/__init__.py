"""Sessions, passwords, user names, limits on attempts, refusals and repeated calls."""
