"""The bot: content, matching, diagnosis, conversation and publishing."""
