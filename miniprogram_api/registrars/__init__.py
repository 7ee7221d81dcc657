"""Registration systems: queries, watches, webhooks. May import identity and lower packages."""
