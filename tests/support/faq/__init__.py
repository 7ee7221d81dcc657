"""The bot, the diagnosis and contents for tests."""
