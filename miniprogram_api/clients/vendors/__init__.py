"""Our accounts at the vendors: what their consoles hold, and certificates of their addresses."""
