"""Reading a message, and ranking what it may mean."""
