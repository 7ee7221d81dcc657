"""Staff: members, sessions, windows, sittings. May import identity and lower packages."""
