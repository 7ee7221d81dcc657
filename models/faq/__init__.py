"""Content, drafts, releases and messages of the bot."""
