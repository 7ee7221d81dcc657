"""Registration systems: queries, watches, webhooks."""
