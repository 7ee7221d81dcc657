"""Commands for the bot's content."""
