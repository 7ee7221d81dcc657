"""Tables and their queries."""
