"""Staff: members, sessions, windows, sittings."""
