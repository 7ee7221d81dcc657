"""Tables and their queries. May import nothing of the other rooms."""
