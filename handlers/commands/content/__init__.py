"""Commands for the bot's content. May import what the commands share."""
