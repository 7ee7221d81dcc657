"""Reviews of what is to be published, and plans for a time."""
